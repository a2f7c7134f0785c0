//! `PutBucketNotificationConfiguration`, `GetBucketNotificationConfiguration`.

use super::exchange::Caller;
use super::unserved::refuse_unserved;
use super::{Front, bucket_name};
use s3s::dto::{
    Event, FilterRule, FilterRuleName, GetBucketNotificationConfigurationInput,
    GetBucketNotificationConfigurationOutput, LambdaFunctionConfiguration,
    NotificationConfiguration, NotificationConfigurationFilter,
    PutBucketNotificationConfigurationInput, PutBucketNotificationConfigurationOutput,
    QueueConfiguration, S3KeyFilter, TopicConfiguration,
};
use s3s::{S3Request, S3Response, S3Result};
use tidemill_services::s3::notifications::Rule;
use tidemill_services::s3::{
    Command, Destinations, NewRule, PutBucketNotificationConfiguration, TargetKind,
};

pub(super) async fn put_bucket_notification_configuration(
    front: &Front,
    request: S3Request<PutBucketNotificationConfigurationInput>,
) -> S3Result<S3Response<PutBucketNotificationConfigurationOutput>> {
    let S3Request { input, extensions, region, .. } = request;
    let PutBucketNotificationConfigurationInput {
        bucket,
        expected_bucket_owner,
        notification_configuration:
            NotificationConfiguration {
                event_bridge_configuration,
                lambda_function_configurations,
                queue_configurations,
                topic_configurations,
            },
        skip_destination_validation,
    } = input;
    refuse_unserved! { event_bridge_configuration => "EventBridgeConfiguration" }
    let caller = Caller::of(&extensions, region.as_ref(), expected_bucket_owner.as_deref())?;
    let bucket = bucket_name(&caller, &bucket)?;
    let queues = queue_configurations.unwrap_or_default().into_iter().map(queue_rule);
    let functions =
        lambda_function_configurations.unwrap_or_default().into_iter().map(function_rule);
    let topics = topic_configurations.unwrap_or_default().into_iter().map(topic_rule);
    let command = Command::PutBucketNotificationConfiguration(PutBucketNotificationConfiguration {
        requester: caller.requester.clone(),
        bucket: bucket.clone(),
        rules: queues.chain(functions).chain(topics).collect(),
        destinations: match skip_destination_validation {
            Some(true) => Destinations::Trusted,
            Some(false) | None => Destinations::Validated,
        },
    });
    front.command(&caller, &bucket, command).await?;
    Ok(S3Response::new(PutBucketNotificationConfigurationOutput {}))
}

fn queue_rule(configuration: QueueConfiguration) -> NewRule {
    let QueueConfiguration { events, filter, id, queue_arn } = configuration;
    NewRule {
        id,
        target_kind: TargetKind::Queue,
        target: queue_arn,
        kinds: events.into_iter().map(String::from).collect(),
        filter: filter_rules(filter),
    }
}

fn function_rule(configuration: LambdaFunctionConfiguration) -> NewRule {
    let LambdaFunctionConfiguration { events, filter, id, lambda_function_arn } = configuration;
    NewRule {
        id,
        target_kind: TargetKind::Function,
        target: lambda_function_arn,
        kinds: events.into_iter().map(String::from).collect(),
        filter: filter_rules(filter),
    }
}

fn topic_rule(configuration: TopicConfiguration) -> NewRule {
    let TopicConfiguration { events, filter, id, topic_arn } = configuration;
    NewRule {
        id,
        target_kind: TargetKind::Topic,
        target: topic_arn,
        kinds: events.into_iter().map(String::from).collect(),
        filter: filter_rules(filter),
    }
}

fn filter_rules(filter: Option<NotificationConfigurationFilter>) -> Vec<(String, String)> {
    let rules = filter.and_then(|filter| filter.key).and_then(|key| key.filter_rules);
    let rules = rules.unwrap_or_default().into_iter();
    rules
        .map(|FilterRule { name, value }| {
            let name = name.map(|name| name.as_str().to_owned());
            (name.unwrap_or_default(), value.unwrap_or_default())
        })
        .collect()
}

pub(super) async fn get_bucket_notification_configuration(
    front: &Front,
    request: S3Request<GetBucketNotificationConfigurationInput>,
) -> S3Result<S3Response<GetBucketNotificationConfigurationOutput>> {
    let S3Request { input, extensions, region, .. } = request;
    let GetBucketNotificationConfigurationInput { bucket, expected_bucket_owner } = input;
    let caller = Caller::of(&extensions, region.as_ref(), expected_bucket_owner.as_deref())?;
    let bucket = front.get_bucket(&caller, &bucket_name(&caller, &bucket)?).await?;
    let mut output = GetBucketNotificationConfigurationOutput::default();
    for rule in bucket.notifications {
        let filter = filter(&rule);
        let Rule { id, target, kinds, .. } = rule;
        let events = kinds.into_iter().map(Event::from).collect();
        let (id, arn) = (Some(id), target.to_string());
        match TargetKind::of(&target) {
            Some(TargetKind::Function) => {
                let functions = output.lambda_function_configurations.get_or_insert_default();
                functions.push(LambdaFunctionConfiguration {
                    events,
                    filter,
                    id,
                    lambda_function_arn: arn,
                });
            }
            Some(TargetKind::Topic) => {
                let topics = output.topic_configurations.get_or_insert_default();
                topics.push(TopicConfiguration { events, filter, id, topic_arn: arn });
            }
            Some(TargetKind::Queue) | None => {
                let queues = output.queue_configurations.get_or_insert_default();
                queues.push(QueueConfiguration { events, filter, id, queue_arn: arn });
            }
        }
    }
    Ok(S3Response::new(output))
}

/// The filter as AWS gives it back, with capital names.
fn filter(rule: &Rule) -> Option<NotificationConfigurationFilter> {
    let rules: Vec<FilterRule> = [("Prefix", &rule.prefix), ("Suffix", &rule.suffix)]
        .into_iter()
        .filter_map(|(name, value)| {
            let value = value.clone()?;
            Some(FilterRule { name: Some(FilterRuleName::from_static(name)), value: Some(value) })
        })
        .collect();
    let key = Some(S3KeyFilter { filter_rules: Some(rules) });
    let is_filtered = rule.has_filter();
    is_filtered.then_some(NotificationConfigurationFilter { key })
}
