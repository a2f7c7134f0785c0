//! Event source mappings: what they keep to, and who hears of them.

use super::*;
use crate::lambda::create_event_source_mapping::CreateEventSourceMapping;
use crate::lambda::update_event_source_mapping::{Bound, MappingChange};

fn options(batch_size: u32, window_seconds: u32) -> MappingOptions {
    MappingOptions {
        enabled: true,
        batch_size,
        window_seconds,
        reports_batch_item_failures: false,
        maximum_concurrency: None,
    }
}

fn map(name: &str, from: &str, options: MappingOptions) -> Command {
    Command::CreateEventSourceMapping(CreateEventSourceMapping {
        function: id(name),
        queue: queue(from),
        options,
        tags: BTreeMap::new(),
    })
}

#[test]
fn a_mapping_keeps_to_its_limits_and_wakes_its_watchers() {
    let mut core = Core::new();
    let facts = ["orders.fifo"].map(|name| Fact { about: queue(name), exists: true, detail: None });
    core.facts.0.extend(facts);
    core.apply(0, map("resize", "orders", options(10, 0)));
    core.apply(0, create("resize"));
    core.apply(1, map("resize", "nowhere", options(10, 0)));
    core.apply(1, map("resize", "orders", options(11, 0)));
    core.apply(1, map("resize", "orders.fifo", options(11, 1)));
    core.apply(1, map("resize", "orders.fifo", options(10, 1)));
    core.apply(1, Command::WatchMappings { seen: None });
    let Some(Reply::Mapping { mapping, .. }) =
        core.apply(2, map("resize", "orders", options(100, 5)))
    else {
        panic!("created");
    };
    core.apply(3, map("resize", "orders", options(10, 0)));
    let seen = Some(core.state.mappings_changed_at);
    core.apply(3, Command::WatchMappings { seen });
    let uuid = mapping.uuid;
    assert_eq!(mapping_partition(uuid), Some(PartitionId(3)));
    let own = MappingId { account: id("f").account, region: id("f").region, uuid };
    let change = |change| Command::UpdateEventSourceMapping { mapping: own.clone(), change };
    let bound = |bound| MappingChange { maximum_concurrency: Some(bound), ..Default::default() };
    core.apply(4, change(bound(Bound::AtMost(7))));
    core.apply(4, change(bound(Bound::None)));
    core.apply(4, change(MappingChange { window_seconds: Some(0), ..Default::default() }));
    core.apply(4, change(MappingChange { function: Some(id("x")), ..Default::default() }));
    core.apply(4, change(MappingChange { enabled: Some(false), ..Default::default() }));
    core.apply(5, Command::WatchMappings { seen });
    let stranger = MappingId { account: AccountId::parse("000000000009").unwrap(), ..own.clone() };
    core.apply(6, Command::DeleteEventSourceMapping(stranger));
    core.apply(6, Command::DeleteEventSourceMapping(own.clone()));
    core.apply(6, Command::DeleteEventSourceMapping(own));
    core.shows(&expect![[r#"
        @0 404 ResourceNotFoundException: Function not found: arn:aws:lambda:us-east-1:000000000000:function:resize
        @0 resize 01010101…(100 B) revision 6292c592
        @1 400 InvalidParameterValueException: Error occurred while ReceiveMessage. SQS Error Code: AWS.SimpleQueueService.NonExistentQueue. SQS Error Message: The specified queue does not exist.
        @1 400 InvalidParameterValueException: Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10
        @1 400 InvalidParameterValueException: Batch size 11 exceeds the maximum of 10.
        @1 400 InvalidParameterValueException: Batching window is not supported for FIFO queues.
        @1 0 mappings as of #0
        @2 resize <- orders MappingOptions { enabled: true, batch_size: 100, window_seconds: 5, reports_batch_item_failures: false, maximum_concurrency: None }
            ! wake ffffffffffffffff
        @3 409 ResourceConflictException: An event source mapping with SQS arn (" arn:aws:sqs:us-east-1:000000000000:orders ") and function (" resize ") already exists. Please update or delete the existing mapping with UUID f8b15917-ea77-4c93-a512-159448b30003
        @3 wait on ffffffffffffffff
        @4 resize <- orders MappingOptions { enabled: true, batch_size: 100, window_seconds: 5, reports_batch_item_failures: false, maximum_concurrency: Some(7) }
            ! wake ffffffffffffffff
        @4 resize <- orders MappingOptions { enabled: true, batch_size: 100, window_seconds: 5, reports_batch_item_failures: false, maximum_concurrency: None }
            ! wake ffffffffffffffff
        @4 400 InvalidParameterValueException: Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10
        @4 400 InvalidParameterValueException: The parameter FunctionName with a value other than the mapping's own is not supported by this server; delete the mapping and create one for the other function.
        @4 resize <- orders MappingOptions { enabled: false, batch_size: 100, window_seconds: 5, reports_batch_item_failures: false, maximum_concurrency: None }
            ! wake ffffffffffffffff
        @5 1 mappings as of #15
        @6 404 ResourceNotFoundException: The resource you requested does not exist.
        @6 resize <- orders MappingOptions { enabled: false, batch_size: 100, window_seconds: 5, reports_batch_item_failures: false, maximum_concurrency: None } deleted
            ! wake ffffffffffffffff
        @6 404 ResourceNotFoundException: The resource you requested does not exist.
        next due None
    "#]]);
}

fn update_timeout(name: &str, seconds: u32) -> Command {
    Command::UpdateFunctionConfiguration(UpdateFunctionConfiguration {
        function: id(name),
        runtime: None,
        role: None,
        handler: None,
        description: None,
        timeout_seconds: Some(seconds),
        memory_megabytes: None,
        environment: None,
        revision: None,
    })
}

/// AWS asks when a mapping is created or updated, not when its queue or function changes.
#[test]
fn a_queue_hides_its_messages_at_least_as_long_as_the_function_may_run() {
    let mut core = Core::new();
    let told = |core: &mut Core, seconds: Option<u32>| {
        let detail = seconds.map(|seconds| format!("{{\"VisibilityTimeout\":{seconds}}}"));
        core.facts = Facts(vec![Fact { about: queue("orders"), exists: true, detail }]);
    };
    core.apply(0, create("resize"));
    told(&mut core, Some(2));
    core.apply(1, map("resize", "orders", options(10, 0)));
    told(&mut core, Some(3));
    let Some(Reply::Mapping { mapping, .. }) =
        core.apply(2, map("resize", "orders", options(10, 0)))
    else {
        panic!("created");
    };
    let own = MappingId { account: id("f").account, region: id("f").region, uuid: mapping.uuid };
    let update = |change| {
        let asked = request::UpdateMapping { mapping: own.clone(), change };
        let command = asked.finish(queue("orders"));
        assert_eq!(command.foreign(), [queue("orders")]);
        command
    };
    let batch = || MappingChange { batch_size: Some(5), ..Default::default() };
    let enabled = |enabled| MappingChange { enabled: Some(enabled), ..Default::default() };
    core.apply(3, update(batch()));
    core.apply(4, update_timeout("resize", 4));
    core.apply(5, update(batch()));
    core.apply(6, update(enabled(false)));
    core.apply(7, update(enabled(true)));
    told(&mut core, Some(4));
    core.apply(8, update(enabled(true)));
    // What the first logs hold of a queue.
    told(&mut core, None);
    core.apply(9, update(batch()));
    core.shows(&expect![[r#"
        @0 resize 01010101…(100 B) revision 5c1d6c64
        @1 400 InvalidParameterValueException: Queue visibility timeout: 2 seconds is less than Function timeout: 3 seconds
        @2 resize <- orders MappingOptions { enabled: true, batch_size: 10, window_seconds: 0, reports_batch_item_failures: false, maximum_concurrency: None }
            ! wake ffffffffffffffff
        @3 resize <- orders MappingOptions { enabled: true, batch_size: 5, window_seconds: 0, reports_batch_item_failures: false, maximum_concurrency: None }
            ! wake ffffffffffffffff
        @4 resize 01010101…(100 B) revision 75c4fafc
        @5 400 InvalidParameterValueException: Queue visibility timeout: 3 seconds is less than Function timeout: 4 seconds
        @6 resize <- orders MappingOptions { enabled: false, batch_size: 5, window_seconds: 0, reports_batch_item_failures: false, maximum_concurrency: None }
            ! wake ffffffffffffffff
        @7 400 InvalidParameterValueException: Queue visibility timeout: 3 seconds is less than Function timeout: 4 seconds
        @8 resize <- orders MappingOptions { enabled: true, batch_size: 5, window_seconds: 0, reports_batch_item_failures: false, maximum_concurrency: None }
            ! wake ffffffffffffffff
        @9 resize <- orders MappingOptions { enabled: true, batch_size: 5, window_seconds: 0, reports_batch_item_failures: false, maximum_concurrency: None }
            ! wake ffffffffffffffff
        next due None
    "#]]);
}
