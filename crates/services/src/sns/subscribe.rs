//! `Subscribe`: an endpoint gets what a topic publishes from now on. Idempotent while the
//! attributes that are named agree.

use super::attributes::Place;
use super::http_deliveries::QuestionKind;
use super::limits::{check_filter_policies, check_subscriptions};
use super::model::{Protocol, SubscriptionKey, TopicKey};
use super::subscription_attributes::{FilterPolicyChange, SubscriptionPatch};
use super::topic::{Confirmation, Subscription, SubscriptionAttributes, lapse_of};
use super::{Endpoint, Error, Reply, State};
use crate::Work;
use kernel::{Arn, Caller, Outcome, Service, Turn};
use minicbor::{Decode, Encode};
use tidemill_aws::generated::sns::{SubscribeInput, SubscribeOutput};
use tidemill_kernel as kernel;

#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct Subscribe {
    #[n(0)]
    pub topic: TopicKey,
    #[n(1)]
    pub protocol: Protocol,
    #[n(2)]
    pub endpoint: Endpoint,
    #[n(3)]
    pub attributes: SubscriptionPatch,
    #[n(4)]
    pub principal: String,
    #[n(5)]
    pub base_url: String,
    /// Whether the ARN is told also while the endpoint has not confirmed.
    #[n(6)]
    #[cbor(default)]
    pub returns_arn: bool,
}

pub(super) fn decode(input: SubscribeInput, caller: &Caller) -> Result<Work, Error> {
    let SubscribeInput { attributes, endpoint, protocol, return_subscription_arn, topic_arn } =
        input;
    let topic = TopicKey::read(caller, "TopicArn", &topic_arn)?;
    let protocol = read_protocol(&protocol)?;
    let endpoint = read_endpoint(&topic, protocol, &endpoint.unwrap_or_default())?;
    let attributes = SubscriptionPatch::parse(Place::Map, attributes.unwrap_or_default())?;
    let partition = topic.partition();
    let command = Subscribe {
        topic,
        protocol,
        endpoint,
        attributes,
        principal: caller.principal.clone(),
        base_url: caller.base_url.clone(),
        returns_arn: return_subscription_arn.unwrap_or_default(),
    };
    Ok(Work::Command(partition, crate::Command::Sns(super::Command::Subscribe(command))))
}

fn read_protocol(text: &str) -> Result<Protocol, Error> {
    let unserved = |what: &str| {
        Err(Error::invalid(format!("Protocol Reason: {text} is not supported: {what}")))
    };
    match text {
        "sqs" => Ok(Protocol::Sqs),
        "lambda" => Ok(Protocol::Lambda),
        "http" => Ok(Protocol::Http),
        "https" => Ok(Protocol::Https),
        "email" | "email-json" => unserved("no mail is sent from here"),
        "sms" => unserved("text messages are not sent here"),
        "application" => unserved("mobile push is not served here"),
        "firehose" => unserved("Firehose is not served here"),
        _ => {
            Err(Error::invalid(format!("Amazon SNS does not support this protocol string: {text}")))
        }
    }
}

fn read_endpoint(topic: &TopicKey, protocol: Protocol, text: &str) -> Result<Endpoint, Error> {
    let (service, what) = match protocol {
        Protocol::Http | Protocol::Https => return read_url(topic, protocol, text),
        Protocol::Sqs => (Service::Sqs, "SQS endpoint ARN"),
        Protocol::Lambda => (Service::Lambda, "Lambda endpoint ARN"),
    };
    let endpoint = Arn::parse(text)
        .filter(|arn| arn.service() == Some(service))
        .filter(|arn| kernel::PartitionId::of_arn(arn).is_some())
        .ok_or_else(|| Error::invalid(what))?;
    if endpoint.account() != topic.account.to_string() {
        return Err(Error::AuthorizationError { resource: endpoint.to_string() });
    }
    let is_function = endpoint.resource().starts_with("function:");
    if protocol == Protocol::Lambda && (!is_function || topic.is_fifo()) {
        let reason = if is_function {
            "Endpoint Reason: FIFO topics deliver to SQS queues only"
        } else {
            what
        };
        return Err(Error::invalid(reason));
    }
    if protocol == Protocol::Sqs && endpoint.resource().ends_with(".fifo") && !topic.is_fifo() {
        return Err(Error::invalid(
            "Invalid parameter: Endpoint Reason: FIFO SQS Queues can not be subscribed to \
             standard SNS topics",
        ));
    }
    Ok(Endpoint::Resource(endpoint))
}

fn read_url(topic: &TopicKey, protocol: Protocol, text: &str) -> Result<Endpoint, Error> {
    if topic.is_fifo() {
        return Err(Error::invalid("Endpoint Reason: FIFO topics deliver to SQS queues only"));
    }
    Endpoint::parse_url(protocol, text)
        .map_err(|reason| Error::invalid(format!("Endpoint Reason: {reason}")))
}

pub(super) fn apply(
    state: &mut State,
    turn: &mut Turn<'_>,
    command: Subscribe,
) -> Result<Outcome<Reply>, Error> {
    let Subscribe { topic: key, protocol, endpoint, attributes: patch, .. } = &command;
    let topic = state.topic_mut(key)?;
    let given = (*protocol, endpoint);
    if let Some((sequence, subscription)) = topic.subscription_of(*protocol, endpoint) {
        let existing = &subscription.attributes;
        let wanted = patch.apply(Place::Map, key, given, existing)?;
        if wanted != *existing {
            return Err(Place::Map.refuse("Subscription already exists with different attributes"));
        }
        let subscription = subscription.clone();
        return Ok(conclude(state, turn, command, sequence, subscription));
    }
    let attributes = patch.apply(Place::Map, key, given, &SubscriptionAttributes::default())?;
    check_subscriptions(turn, topic, protocol.is_web())?;
    if matches!(patch.filter_policy, Some(FilterPolicyChange::Set(_))) {
        check_filter_policies(turn, topic)?;
    }
    let sequence = topic.next_sequence(turn);
    let subscription = Subscription {
        id: topic.draw_id(turn, "sns subscription", sequence),
        protocol: *protocol,
        endpoint: endpoint.clone(),
        principal: command.principal.clone(),
        base_url: command.base_url.clone(),
        attributes,
        confirmation: endpoint
            .arn()
            .is_none()
            .then_some(Confirmation::Pending { since: turn.now() }),
    };
    topic.put_subscription(turn, sequence, subscription.clone());
    Ok(conclude(state, turn, command, sequence, subscription))
}

/// Asks an endpoint that has not confirmed yet, and says what there is now.
fn conclude(
    state: &mut State,
    turn: &mut Turn<'_>,
    command: Subscribe,
    sequence: u64,
    mut subscription: Subscription,
) -> Outcome<Reply> {
    let Subscribe { topic: key, base_url, returns_arn, .. } = command;
    let name = SubscriptionKey { topic: key, id: subscription.id };
    if !subscription.is_pending() {
        return Outcome::Done(Reply::Subscription(name));
    }
    if let Ok(topic) = state.topic_mut(&name.topic) {
        let url = subscription.endpoint.as_str().to_owned();
        let asked = turn.now();
        subscription.confirmation = Some(Confirmation::Pending { since: asked });
        topic.put_subscription(turn, sequence, subscription);
        let lapse = (lapse_of(asked), topic.number, sequence);
        state.lapses.insert(lapse);
        state.ask(turn, QuestionKind::Subscribe, (name.clone(), &url), base_url);
    }
    let reply = if returns_arn { Reply::Subscription(name) } else { Reply::PendingConfirmation };
    Outcome::Done(reply)
}

pub(super) fn encode(reply: Reply) -> SubscribeOutput {
    if matches!(reply, Reply::PendingConfirmation) {
        return SubscribeOutput { subscription_arn: Some("pending confirmation".to_owned()) };
    }
    let Reply::Subscription(key) = reply else { super::mismatch("Subscribe", &reply) };
    SubscribeOutput { subscription_arn: Some(key.arn().to_string()) }
}

#[cfg(test)]
mod tests {
    use super::super::script::{World, check, topic_arn};
    use expect_test::expect;
    use serde_json::{Value, json};

    #[test]
    fn a_queue_is_subscribed_once() {
        check(
            r#"
            @0 create orders
            @0 subscribe orders sqs:q
            @0 subscribe orders sqs:q
            @0 subscribe orders sqs:q RawMessageDelivery=false
            @0 subscribe orders sqs:q RawMessageDelivery=true
            @0 subscribe orders sqs:r RawMessageDelivery=wrong
            @0 subscribe orders sqs:r Colour=blue
            "#,
            expect![[r#"
                @0 create orders
                    -> {"TopicArn":"arn:aws:sns:us-east-1:000000000000:orders"}
                @0 subscribe orders sqs:q
                    -> subscribed
                @0 subscribe orders sqs:q
                    -> subscribed
                @0 subscribe orders sqs:q RawMessageDelivery=false
                    -> subscribed
                @0 subscribe orders sqs:q RawMessageDelivery=true
                    -> 400 InvalidParameterException: Invalid parameter: Attributes Reason: Subscription already exists with different attributes
                @0 subscribe orders sqs:r RawMessageDelivery=wrong
                    -> 400 InvalidParameterException: Invalid parameter: Attributes Reason: RawMessageDelivery: Invalid value [wrong]. Must be true or false.
                @0 subscribe orders sqs:r Colour=blue
                    -> 400 InvalidParameterException: Invalid parameter: Attributes Reason: Unknown attribute Colour
            "#]],
        );
    }

    #[test]
    fn endpoints_that_cannot_be_are_refused() {
        check(
            r#"
            @0 create orders
            @0 create orders.fifo FifoTopic=true
            @0 call Subscribe {"TopicArn":"$orders","Protocol":"sqs","Endpoint":"http://localhost:4566/000000000000/q"}
            @0 call Subscribe {"TopicArn":"$orders","Protocol":"sqs","Endpoint":"arn:aws:lambda:us-east-1:000000000000:function:f"}
            @0 call Subscribe {"TopicArn":"$orders","Protocol":"sqs","Endpoint":"arn:aws:sqs:us-east-1:000000000001:q"}
            @0 call Subscribe {"TopicArn":"$orders","Protocol":"lambda","Endpoint":"arn:aws:lambda:us-east-1:000000000000:layer:f"}
            @0 call Subscribe {"TopicArn":"$orders","Protocol":"https","Endpoint":"http://example.com/"}
            @0 call Subscribe {"TopicArn":"$orders","Protocol":"email","Endpoint":"a@example.com"}
            @0 call Subscribe {"TopicArn":"$orders","Protocol":"sms","Endpoint":"+123"}
            @0 call Subscribe {"TopicArn":"$orders","Protocol":"firehose","Endpoint":"arn:aws:firehose:us-east-1:000000000000:deliverystream/s"}
            @0 call Subscribe {"TopicArn":"$orders","Protocol":"application","Endpoint":"x"}
            @0 call Subscribe {"TopicArn":"$orders","Protocol":"pigeon","Endpoint":"x"}
            "#,
            expect![[r#"
                @0 create orders
                    -> {"TopicArn":"arn:aws:sns:us-east-1:000000000000:orders"}
                @0 create orders.fifo FifoTopic=true
                    -> {"TopicArn":"arn:aws:sns:us-east-1:000000000000:orders.fifo"}
                @0 call Subscribe {"TopicArn":"$orders","Protocol":"sqs","Endpoint":"http://localhost:4566/000000000000/q"}
                    -> 400 InvalidParameterException: Invalid parameter: SQS endpoint ARN
                @0 call Subscribe {"TopicArn":"$orders","Protocol":"sqs","Endpoint":"arn:aws:lambda:us-east-1:000000000000:function:f"}
                    -> 400 InvalidParameterException: Invalid parameter: SQS endpoint ARN
                @0 call Subscribe {"TopicArn":"$orders","Protocol":"sqs","Endpoint":"arn:aws:sqs:us-east-1:000000000001:q"}
                    -> 403 AuthorizationErrorException: Not authorized: arn:aws:sqs:us-east-1:000000000001:q belongs to another account, and policies that could share it are stored, not enforced
                @0 call Subscribe {"TopicArn":"$orders","Protocol":"lambda","Endpoint":"arn:aws:lambda:us-east-1:000000000000:layer:f"}
                    -> 400 InvalidParameterException: Invalid parameter: Lambda endpoint ARN
                @0 call Subscribe {"TopicArn":"$orders","Protocol":"https","Endpoint":"http://example.com/"}
                    -> 400 InvalidParameterException: Invalid parameter: Endpoint Reason: it must begin with https://
                @0 call Subscribe {"TopicArn":"$orders","Protocol":"email","Endpoint":"a@example.com"}
                    -> 400 InvalidParameterException: Invalid parameter: Protocol Reason: email is not supported: no mail is sent from here
                @0 call Subscribe {"TopicArn":"$orders","Protocol":"sms","Endpoint":"+123"}
                    -> 400 InvalidParameterException: Invalid parameter: Protocol Reason: sms is not supported: text messages are not sent here
                @0 call Subscribe {"TopicArn":"$orders","Protocol":"firehose","Endpoint":"arn:aws:firehose:us-east-1:000000000000:deliverystream/s"}
                    -> 400 InvalidParameterException: Invalid parameter: Protocol Reason: firehose is not supported: Firehose is not served here
                @0 call Subscribe {"TopicArn":"$orders","Protocol":"application","Endpoint":"x"}
                    -> 400 InvalidParameterException: Invalid parameter: Protocol Reason: application is not supported: mobile push is not served here
                @0 call Subscribe {"TopicArn":"$orders","Protocol":"pigeon","Endpoint":"x"}
                    -> 400 InvalidParameterException: Invalid parameter: Amazon SNS does not support this protocol string: pigeon
            "#]],
        );
    }

    #[test]
    fn endpoints_that_do_not_fit_their_topic_are_refused() {
        check(
            r#"
            @0 create orders
            @0 create orders.fifo FifoTopic=true
            @0 subscribe none sqs:q
            @0 subscribe orders sqs:q.fifo
            @0 subscribe orders lambda:f RawMessageDelivery=true
            @0 subscribe orders.fifo lambda:f
            @0 subscribe orders.fifo sqs:q.fifo RedrivePolicy={"deadLetterTargetArn":"arn:aws:sqs:us-east-1:000000000000:dlq"}
            @0 subscribe orders.fifo sqs:q.fifo
            @0 subscribe orders.fifo sqs:q
            "#,
            expect![[r#"
                @0 create orders
                    -> {"TopicArn":"arn:aws:sns:us-east-1:000000000000:orders"}
                @0 create orders.fifo FifoTopic=true
                    -> {"TopicArn":"arn:aws:sns:us-east-1:000000000000:orders.fifo"}
                @0 subscribe none sqs:q
                    -> 404 NotFoundException: Topic does not exist
                @0 subscribe orders sqs:q.fifo
                    -> 400 InvalidParameterException: Invalid parameter: Invalid parameter: Endpoint Reason: FIFO SQS Queues can not be subscribed to standard SNS topics
                @0 subscribe orders lambda:f RawMessageDelivery=true
                    -> 400 InvalidParameterException: Invalid parameter: Attributes Reason: Delivery protocol [lambda] does not support raw message delivery.
                @0 subscribe orders.fifo lambda:f
                    -> 400 InvalidParameterException: Invalid parameter: Endpoint Reason: FIFO topics deliver to SQS queues only
                @0 subscribe orders.fifo sqs:q.fifo RedrivePolicy={"deadLetterTargetArn":"arn:aws:sqs:us-east-1:000000000000:dlq"}
                    -> 400 InvalidParameterException: Invalid parameter: Attributes Reason: RedrivePolicy: must use a FIFO queue as DLQ for a FIFO Subscription to a FIFO Topic.
                @0 subscribe orders.fifo sqs:q.fifo
                    -> subscribed
                @0 subscribe orders.fifo sqs:q
                    -> subscribed
            "#]],
        );
    }

    #[test]
    fn a_fifo_topic_has_a_hundred_subscriptions_and_a_topic_two_hundred_filter_policies() {
        let mut world = World::default();
        world.call("CreateTopic", &json!({ "Name": "orders" })).unwrap();
        let fifo = json!({ "Name": "orders.fifo", "Attributes": { "FifoTopic": "true" } });
        world.call("CreateTopic", &fifo).unwrap();
        let mut subscribe = |topic: &str, number: usize, attributes: Value| {
            let input = json!({ "TopicArn": topic_arn(topic), "Protocol": "sqs",
                "Endpoint": format!("arn:aws:sqs:us-east-1:000000000000:q{number}"),
                "Attributes": attributes });
            world.call("Subscribe", &input)
        };
        for number in 0..100 {
            subscribe("orders.fifo", number, json!({})).unwrap();
        }
        let refusal = subscribe("orders.fifo", 100, json!({})).unwrap_err();
        assert_eq!(refusal.shape, "SubscriptionLimitExceededException");
        let policy = json!({ "FilterPolicy": r#"{"a":["b"]}"# });
        for number in 0..200 {
            subscribe("orders", number, policy.clone()).unwrap();
        }
        let refusal = subscribe("orders", 200, policy).unwrap_err();
        assert_eq!(refusal.shape, "FilterPolicyLimitExceededException");
        let plain = subscribe("orders", 200, json!({})).unwrap();
        let set = json!({ "SubscriptionArn": plain["SubscriptionArn"],
            "AttributeName": "FilterPolicy", "AttributeValue": r#"{"a":["b"]}"# });
        let refusal = world.call("SetSubscriptionAttributes", &set).unwrap_err();
        assert_eq!(refusal.shape, "FilterPolicyLimitExceededException");
    }
}
