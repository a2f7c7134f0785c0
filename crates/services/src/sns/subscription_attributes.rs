//! What can be set on a subscription: parsed at the door, applied and shown in the core.

use super::attributes::{Place, boolean};
use super::model::{Protocol, TopicKey};
use super::topic::{Confirmation, Subscription, SubscriptionAttributes, Topic};
use super::{Endpoint, Error, delivery_policy};
use kernel::{Arn, Service};
use minicbor::{Decode, Encode};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use tidemill_expr::filter::{FilterPolicy, Refusal, Scope};
use tidemill_kernel as kernel;

/// Attributes to set; what is not named stays.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub struct SubscriptionPatch {
    #[n(0)]
    pub is_raw: Option<bool>,
    /// The inner `None` takes the policy away.
    #[n(1)]
    pub filter_policy: Option<FilterPolicyChange>,
    #[n(2)]
    pub filters_body: Option<bool>,
    #[n(3)]
    pub redrive: Option<RedriveChange>,
    /// An empty one takes the policy away.
    #[n(4)]
    pub delivery_policy: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum FilterPolicyChange {
    #[n(0)]
    Set(#[n(0)] String),
    #[n(1)]
    Remove,
}

#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum RedriveChange {
    #[n(0)]
    Set(#[n(0)] Arn),
    #[n(1)]
    Remove,
}

impl SubscriptionPatch {
    /// Reads what a request sets. Whether a filter policy fits its scope is seen when it is
    /// applied, because either may come alone.
    pub(super) fn parse(
        place: Place,
        attributes: BTreeMap<String, String>,
    ) -> Result<SubscriptionPatch, Error> {
        let mut patch = SubscriptionPatch::default();
        for (name, value) in attributes {
            match name.as_str() {
                "RawMessageDelivery" => {
                    let flag = boolean(&name, &value).map_err(|reason| place.refuse(&reason))?;
                    patch.is_raw = Some(flag);
                }
                "FilterPolicy" => patch.filter_policy = Some(filter_policy(place, value)?),
                "FilterPolicyScope" => patch.filters_body = Some(filters_body(place, &value)?),
                "RedrivePolicy" => patch.redrive = Some(redrive(place, &value)?),
                "DeliveryPolicy" if value.is_empty() || value == "{}" => {
                    patch.delivery_policy = Some(String::new());
                }
                "DeliveryPolicy" => {
                    let policy = delivery_policy::normalise_of_subscription(&value);
                    patch.delivery_policy = Some(policy.map_err(|reason| place.refuse(&reason))?);
                }
                "SubscriptionRoleArn" => {
                    return Err(place
                        .refuse("SubscriptionRoleArn is not supported: it is for Firehose alone"));
                }
                "ReplayPolicy" => {
                    return Err(place
                        .refuse("ReplayPolicy is not supported: messages are not archived here"));
                }
                _ => return Err(place.unknown(&name)),
            }
        }
        Ok(patch)
    }

    /// The attributes with these on top, as far as they go together.
    pub(super) fn apply(
        &self,
        place: Place,
        topic: &TopicKey,
        (protocol, endpoint): (Protocol, &Endpoint),
        existing: &SubscriptionAttributes,
    ) -> Result<SubscriptionAttributes, Error> {
        let mut new = existing.clone();
        if let Some(flag) = self.is_raw {
            if flag && protocol == Protocol::Lambda {
                return Err(place
                    .refuse("Delivery protocol [lambda] does not support raw message delivery."));
            }
            new.is_raw = flag;
        }
        if let Some(policy) = &self.delivery_policy {
            if !protocol.is_web() {
                return Err(place
                    .refuse("DeliveryPolicy is not supported: it is for HTTP/S endpoints alone"));
            }
            new.delivery_policy = (!policy.is_empty()).then(|| policy.clone());
        }
        if let Some(filters_body) = self.filters_body {
            new.filters_body = filters_body;
        }
        match &self.filter_policy {
            Some(FilterPolicyChange::Set(policy)) => new.filter_policy = Some(policy.clone()),
            Some(FilterPolicyChange::Remove) => new.filter_policy = None,
            None => {}
        }
        if let Some(policy) = &new.filter_policy {
            FilterPolicy::parse(policy, new.scope()).map_err(|refusal| refused(place, &refusal))?;
        }
        match &self.redrive {
            Some(RedriveChange::Set(target)) => {
                check_target(place, topic, endpoint, target)?;
                new.dead_letter_target = Some(target.clone());
            }
            Some(RedriveChange::Remove) => new.dead_letter_target = None,
            None => {}
        }
        Ok(new)
    }
}

fn filter_policy(place: Place, value: String) -> Result<FilterPolicyChange, Error> {
    if value.is_empty() || value == "{}" {
        return Ok(FilterPolicyChange::Remove);
    }
    // The wider scope: what is wrong in it is wrong in both.
    FilterPolicy::parse(&value, Scope::MessageBody).map_err(|refusal| refused(place, &refusal))?;
    Ok(FilterPolicyChange::Set(value))
}

fn refused(place: Place, refusal: &Refusal) -> Error {
    match refusal {
        Refusal::NestedInAttributes => Error::invalid(refusal.to_string()),
        Refusal::Malformed(reason) => place.refuse(&format!("FilterPolicy: {reason}")),
    }
}

fn filters_body(place: Place, value: &str) -> Result<bool, Error> {
    match value {
        "MessageBody" => Ok(true),
        "MessageAttributes" => Ok(false),
        _ => Err(place.refuse(&format!(
            "FilterPolicyScope: Invalid value [{value}]. Please use either MessageBody or \
             MessageAttributes"
        ))),
    }
}

fn redrive(place: Place, value: &str) -> Result<RedriveChange, Error> {
    if value.is_empty() || value == "{}" {
        return Ok(RedriveChange::Remove);
    }
    let policy: Value = serde_json::from_str(value)
        .map_err(|error| place.refuse(&format!("RedrivePolicy: failed to parse JSON. {error}")))?;
    let target = match policy.as_object() {
        Some(object) if object.len() == 1 => object.get("deadLetterTargetArn"),
        Some(_) | None => None,
    };
    let target = target.and_then(Value::as_str).ok_or_else(|| {
        place.refuse("RedrivePolicy: must hold deadLetterTargetArn and nothing else")
    })?;
    Arn::parse(target)
        .filter(|arn| arn.service() == Some(Service::Sqs))
        .map(RedriveChange::Set)
        .ok_or_else(|| place.refuse("RedrivePolicy: deadLetterTargetArn is an invalid arn"))
}

fn check_target(
    place: Place,
    topic: &TopicKey,
    endpoint: &Endpoint,
    target: &Arn,
) -> Result<(), Error> {
    let is_own =
        target.account() == topic.account.to_string() && target.region() == topic.region.as_str();
    if !is_own {
        return Err(place.refuse(
            "RedrivePolicy: the dead-letter queue must be in the account and region of its \
             subscription",
        ));
    }
    let is_fifo = |arn: &Arn| arn.resource().ends_with(".fifo");
    if topic.is_fifo() && !is_fifo(target) {
        return Err(place.refuse(
            "RedrivePolicy: must use a FIFO queue as DLQ for a FIFO Subscription to a FIFO Topic.",
        ));
    }
    if !topic.is_fifo() && is_fifo(target) && !endpoint.arn().is_some_and(is_fifo) {
        return Err(place.refuse(
            "RedrivePolicy: must use a standard queue as DLQ for a subscription to a standard \
             Topic.",
        ));
    }
    Ok(())
}

/// Everything `GetSubscriptionAttributes` shows.
pub(super) fn show(topic: &Topic, subscription: &Subscription) -> BTreeMap<String, String> {
    let key = topic.subscription_key(subscription.id);
    let attributes = &subscription.attributes;
    let was_signed = match subscription.confirmation {
        None => true,
        Some(Confirmation::Pending { .. }) => false,
        Some(Confirmation::Confirmed { was_signed, .. }) => was_signed,
    };
    let mut shown = BTreeMap::from([
        ("ConfirmationWasAuthenticated", was_signed.to_string()),
        ("Endpoint", subscription.endpoint.to_string()),
        ("Owner", key.topic.account.to_string()),
        ("PendingConfirmation", subscription.is_pending().to_string()),
        ("Protocol", subscription.protocol.as_str().to_owned()),
        ("RawMessageDelivery", attributes.is_raw.to_string()),
        ("SubscriptionArn", key.arn().to_string()),
        ("SubscriptionPrincipal", subscription.principal.clone()),
        ("TopicArn", key.topic.arn().to_string()),
    ]);
    if let Some(policy) = &attributes.filter_policy {
        let scope = match attributes.scope() {
            Scope::MessageAttributes => "MessageAttributes",
            Scope::MessageBody => "MessageBody",
        };
        shown.insert("FilterPolicy", policy.clone());
        shown.insert("FilterPolicyScope", scope.to_owned());
    }
    if subscription.protocol.is_web() {
        let of_topic = topic.settings.attributes.delivery_policy.as_deref();
        let own = attributes.delivery_policy.as_deref();
        shown.insert("EffectiveDeliveryPolicy", delivery_policy::shown(of_topic, own));
        if let Some(policy) = own {
            shown.insert("DeliveryPolicy", policy.to_owned());
        }
    }
    if let Some(target) = &attributes.dead_letter_target {
        let policy = json!({ "deadLetterTargetArn": target.as_str() });
        shown.insert("RedrivePolicy", policy.to_string());
    }
    shown.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}
