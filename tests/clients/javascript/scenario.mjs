// Queues and topics through AWS's SDK for JavaScript v3, as an application uses them: the same
// scenario as ../go and ../java. The endpoint and the keys come from the environment alone.
// One line for each step; any surprise ends it with a stack trace and a status that is not 0.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import * as sns from "@aws-sdk/client-sns";
import * as sqs from "@aws-sdk/client-sqs";

const queues = new sqs.SQSClient({});
const topics = new sns.SNSClient({});
const run = randomUUID().slice(0, 8);
const name = (stem) => `js-${run}-${stem}`;

async function create(stem, attributes = {}) {
  const input = { QueueName: name(stem), Attributes: attributes };
  const { QueueUrl } = await queues.send(new sqs.CreateQueueCommand(input));
  const wish = { QueueUrl, AttributeNames: ["QueueArn"] };
  const { Attributes } = await queues.send(new sqs.GetQueueAttributesCommand(wish));
  return { url: QueueUrl, arn: Attributes.QueueArn };
}

async function receive(url, options = {}) {
  const input = { QueueUrl: url, MaxNumberOfMessages: 10, WaitTimeSeconds: 2, ...options };
  input.MessageSystemAttributeNames = ["All"];
  input.MessageAttributeNames = ["All"];
  return (await queues.send(new sqs.ReceiveMessageCommand(input))).Messages ?? [];
}

// Receives until `count` messages have come, deleting each.
async function drain(url, count) {
  const found = [];
  while (found.length < count) {
    const messages = await receive(url);
    assert.notEqual(messages.length, 0, `${found.length} of ${count} came`);
    for (const message of messages) {
      found.push(message);
      const input = { QueueUrl: url, ReceiptHandle: message.ReceiptHandle };
      await queues.send(new sqs.DeleteMessageCommand(input));
    }
  }
  return found;
}

const entries = (messages, more = () => ({})) =>
  messages.map(({ ReceiptHandle }, at) => ({ Id: `${at}`, ReceiptHandle, ...more(at) }));

async function sendsReceivesAndDeletes() {
  const { url } = await create("plain");
  const byName = await queues.send(new sqs.GetQueueUrlCommand({ QueueName: name("plain") }));
  assert.equal(byName.QueueUrl, url);
  const listed = await queues.send(new sqs.ListQueuesCommand({ QueueNamePrefix: `js-${run}-` }));
  assert.deepEqual(listed.QueueUrls, [url]);
  const MessageBody = "grüße, 你好 & <xml/>";
  const MessageAttributes = {
    kind: { DataType: "String", StringValue: "order" },
    amount: { DataType: "Number", StringValue: "12.50" },
    raw: { DataType: "Binary", BinaryValue: new Uint8Array([0, 255, 7]) },
  };
  const input = { QueueUrl: url, MessageBody, MessageAttributes };
  const sent = await queues.send(new sqs.SendMessageCommand(input));
  const [message] = await receive(url);
  assert.equal(message.MessageId, sent.MessageId);
  assert.equal(message.Body, MessageBody);
  assert.equal(message.Attributes.ApproximateReceiveCount, "1");
  assert.equal(message.MessageAttributes.amount.StringValue, "12.50");
  assert.deepEqual([...message.MessageAttributes.raw.BinaryValue], [0, 255, 7]);
  const gone = { QueueUrl: url, ReceiptHandle: message.ReceiptHandle };
  await queues.send(new sqs.DeleteMessageCommand(gone));
  assert.deepEqual(await receive(url, { WaitTimeSeconds: 0 }), []);
  return "a message with attributes sent, received and deleted; MD5s checked by the SDK";
}

async function waitsForAMessage() {
  const { url } = await create("waiting");
  const began = Date.now();
  const waiting = receive(url, { WaitTimeSeconds: 15 });
  await sleep(500);
  await queues.send(new sqs.SendMessageCommand({ QueueUrl: url, MessageBody: "at last" }));
  const [message] = await waiting;
  const took = Date.now() - began;
  assert.equal(message.Body, "at last");
  assert.ok(took >= 450 && took < 8000, `${took} ms`);
  return `a long poll of 15 s ended with the message, after ${took} ms`;
}

async function worksInBatches() {
  const { url } = await create("batch", { VisibilityTimeout: "60" });
  const entry = (_, at) => ({ Id: `${at}`, MessageBody: `body ${at}` });
  const Entries = Array.from({ length: 10 }, entry);
  Entries[7].DelaySeconds = 901;
  const batch = { QueueUrl: url, Entries };
  const sent = await queues.send(new sqs.SendMessageBatchCommand(batch));
  assert.equal(sent.Successful.length, 9);
  assert.deepEqual(sent.Failed.map(({ Id, SenderFault }) => [Id, SenderFault]), [["7", true]]);
  let messages = [];
  while (messages.length < 9) messages.push(...(await receive(url)));
  const visible = entries(messages, () => ({ VisibilityTimeout: 0 }));
  const change = { QueueUrl: url, Entries: visible };
  await queues.send(new sqs.ChangeMessageVisibilityBatchCommand(change));
  messages = [];
  while (messages.length < 9) messages.push(...(await receive(url)));
  assert.ok(messages.every(({ Attributes }) => Attributes.ApproximateReceiveCount === "2"));
  const last = entries(messages);
  last[0].ReceiptHandle = "not-a-handle";
  const deleting = { QueueUrl: url, Entries: last };
  const deleted = await queues.send(new sqs.DeleteMessageBatchCommand(deleting));
  assert.equal(deleted.Successful.length, 8);
  assert.equal(deleted.Failed[0].Code, "ReceiptHandleIsInvalid");
  return "batches: 9 of 10 sent, shown again, 8 of 9 deleted, each failure named";
}

async function keepsTheOrderOfGroups() {
  const { url } = await create("ordered.fifo", { FifoQueue: "true" });
  const sequence = [];
  for (let number = 0; number < 12; number++) {
    const MessageGroupId = `group-${number % 3}`;
    const MessageDeduplicationId = `id-${number}`;
    const place = { MessageGroupId, MessageDeduplicationId };
    const input = { QueueUrl: url, MessageBody: `${number}`, ...place };
    const first = await queues.send(new sqs.SendMessageCommand(input));
    const again = await queues.send(new sqs.SendMessageCommand(input));
    assert.equal(again.MessageId, first.MessageId);
    assert.equal(again.SequenceNumber, first.SequenceNumber);
    sequence.push(BigInt(first.SequenceNumber));
  }
  assert.ok(sequence.every((each, at) => at === 0 || each > sequence[at - 1]));
  const bodies = (await drain(url, 12)).map(({ Body }) => Number(Body));
  for (const group of [0, 1, 2]) {
    const inGroup = bodies.filter((number) => number % 3 === group);
    assert.deepEqual(inGroup, [group, group + 3, group + 6, group + 9]);
  }
  return "FIFO: 12 messages of 3 groups in order, 12 repeats taken once";
}

async function putsAsideWhatNobodyCanRead() {
  const dead = await create("dead");
  const policy = { deadLetterTargetArn: dead.arn, maxReceiveCount: 2 };
  const source = await create("source", { RedrivePolicy: JSON.stringify(policy) });
  await queues.send(new sqs.SendMessageCommand({ QueueUrl: source.url, MessageBody: "poison" }));
  for (let attempt = 0; attempt < 2; attempt++) {
    const [message] = await receive(source.url, { VisibilityTimeout: 0 });
    assert.equal(message.Body, "poison");
  }
  assert.deepEqual(await receive(source.url, { WaitTimeSeconds: 0 }), []);
  const [letter] = await receive(dead.url, { VisibilityTimeout: 0 });
  assert.equal(letter.Attributes.DeadLetterQueueSourceArn, source.arn);
  const sources = new sqs.ListDeadLetterSourceQueuesCommand({ QueueUrl: dead.url });
  assert.deepEqual((await queues.send(sources)).queueUrls, [source.url]);
  await queues.send(new sqs.StartMessageMoveTaskCommand({ SourceArn: dead.arn }));
  const [back] = await receive(source.url, { WaitTimeSeconds: 10 });
  // As on AWS, what a task moves back is a new message.
  assert.equal(back.Body, "poison");
  assert.equal(back.Attributes.ApproximateReceiveCount, "1");
  return "dead letters: put aside after 2 receives, moved back by a task";
}

async function publishesToQueues() {
  const { TopicArn } = await topics.send(new sns.CreateTopicCommand({ Name: name("topic") }));
  const all = await create("all");
  const dear = await create("dear");
  const subscribe = ({ arn }, Attributes) => {
    const input = { TopicArn, Protocol: "sqs", Endpoint: arn, Attributes };
    return topics.send(new sns.SubscribeCommand(input));
  };
  await subscribe(all, {});
  const FilterPolicy = JSON.stringify({ price: [{ numeric: [">", 100] }] });
  await subscribe(dear, { RawMessageDelivery: "true", FilterPolicy });
  for (const price of ["5", "500"]) {
    const MessageAttributes = { price: { DataType: "Number", StringValue: price } };
    const input = { TopicArn, Message: `costs ${price}`, Subject: "a price", MessageAttributes };
    await topics.send(new sns.PublishCommand(input));
  }
  const envelopes = (await drain(all.url, 2)).map(({ Body }) => JSON.parse(Body));
  assert.deepEqual(envelopes.map(({ Message }) => Message).sort(), ["costs 5", "costs 500"]);
  assert.ok(envelopes.every((each) => each.Type === "Notification" && each.TopicArn === TopicArn));
  const [raw] = await drain(dear.url, 1);
  assert.equal(raw.Body, "costs 500");
  assert.equal(raw.MessageAttributes.price.StringValue, "500");
  assert.deepEqual(await receive(dear.url, { WaitTimeSeconds: 0 }), []);
  return "a topic: one queue got 2 envelopes, one the raw message that its filter lets through";
}

async function tellsErrorsApart() {
  const nowhere = new sqs.GetQueueUrlCommand({ QueueName: name("nowhere") });
  await assert.rejects(queues.send(nowhere), (error) => {
    assert.ok(error instanceof sqs.QueueDoesNotExist, error.name);
    assert.equal(error.$metadata.httpStatusCode, 400);
    return true;
  });
  const { url } = await create("errors");
  const wrong = new sqs.DeleteMessageCommand({ QueueUrl: url, ReceiptHandle: "wrong" });
  await assert.rejects(queues.send(wrong), sqs.ReceiptHandleIsInvalid);
  const credentials = { accessKeyId: "AKIAX", secretAccessKey: "no" };
  const refused = new sqs.SQSClient({ credentials });
  const asking = refused.send(new sqs.ListQueuesCommand({}));
  await assert.rejects(asking, ({ $metadata }) => $metadata.httpStatusCode === 403);
  return "errors: typed by the SDK, a wrong key refused";
}

const steps = [
  sendsReceivesAndDeletes,
  waitsForAMessage,
  worksInBatches,
  keepsTheOrderOfGroups,
  putsAsideWhatNobodyCanRead,
  publishesToQueues,
  tellsErrorsApart,
];
for (const step of steps) console.log(`ok: ${await step()}`);
console.log(`done: ${steps.length} steps`);
