// What topics send, verified by AWS's own library for that, sns-validator: notifications to a queue
// and questions to an endpoint, in both versions of signatures, and none that was changed on its way.
// One line for each step; any surprise ends it with a stack trace and a status that is not 0.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import http from "node:http";
import https from "node:https";
import { promisify } from "node:util";
import * as sns from "@aws-sdk/client-sns";
import * as sqs from "@aws-sdk/client-sqs";
import MessageValidator from "sns-validator";

const queues = new sqs.SQSClient({});
const topics = new sns.SNSClient({});
const name = (stem) => `js-${randomUUID().slice(0, 8)}-${stem}`;

// The library fetches certificates over TLS alone. Where a team has a proxy with a certificate in
// front of the server, here is nothing: the same bytes come over plain HTTP.
https.get = (url, answered) => http.get(url.replace(/^https:/, "http:"), answered);
const validator = new MessageValidator(/^127\.0\.0\.1:\d+$/);
const validate = promisify(validator.validate.bind(validator));

async function verify(body) {
  const message = JSON.parse(body);
  message.SigningCertURL = message.SigningCertURL.replace(/^http:/, "https:");
  await validate({ ...message });
  for (const member of ["Message", "TopicArn", "Timestamp"]) {
    const changed = { ...message, [member]: `${message[member]} ` };
    await assert.rejects(validate(changed), /The message signature is invalid/, member);
  }
  const renamed = { ...message, SignatureVersion: message.SignatureVersion === "1" ? "2" : "1" };
  await assert.rejects(validate(renamed), /The message signature is invalid/);
  return message;
}

// An endpoint on this machine, and what it is posted next.
async function endpoint() {
  const posted = [];
  const waiting = [];
  const server = http.createServer((request, response) => {
    const chunks = [];
    request.on("data", (chunk) => chunks.push(chunk));
    request.on("end", () => {
      response.end();
      const body = Buffer.concat(chunks).toString();
      const waiter = waiting.shift();
      if (waiter) waiter(body);
      else posted.push(body);
    });
  });
  await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
  const next = () => posted.shift() ?? new Promise((resolve) => waiting.push(resolve));
  return { url: `http://127.0.0.1:${server.address().port}/hook`, next, close: () => server.close() };
}

async function queue() {
  const { QueueUrl } = await queues.send(new sqs.CreateQueueCommand({ QueueName: name("told") }));
  const wish = { QueueUrl, AttributeNames: ["QueueArn"] };
  const { Attributes } = await queues.send(new sqs.GetQueueAttributesCommand(wish));
  const receive = async () => {
    const input = { QueueUrl, WaitTimeSeconds: 20 };
    const { Messages } = await queues.send(new sqs.ReceiveMessageCommand(input));
    assert.equal(Messages?.length, 1);
    const { Body, ReceiptHandle } = Messages[0];
    await queues.send(new sqs.DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
    return Body;
  };
  return { arn: Attributes.QueueArn, receive };
}

async function verifies(SignatureVersion) {
  const create = { Name: name("topic"), Attributes: { SignatureVersion } };
  const { TopicArn } = await topics.send(new sns.CreateTopicCommand(create));
  const told = await queue();
  const toQueue = { TopicArn, Protocol: "sqs", Endpoint: told.arn };
  await topics.send(new sns.SubscribeCommand(toQueue));

  const published = [
    { Message: "plain" },
    { Message: 'lines\nand "quotes", ünïcode', Subject: "A subject" },
    { Message: JSON.stringify({ default: "all", sqs: "queues" }), MessageStructure: "json" },
    { Message: "long ".repeat(20_000) },
  ];
  for (const message of published) {
    await topics.send(new sns.PublishCommand({ TopicArn, ...message }));
    const verified = await verify(await told.receive());
    assert.equal(verified.SignatureVersion, SignatureVersion);
    assert.equal(verified.Message, message.MessageStructure ? "queues" : message.Message);
  }
  console.log(`ok: version ${SignatureVersion}: ${published.length} notifications verify`);

  const asked = await endpoint();
  const toEndpoint = { TopicArn, Protocol: "http", Endpoint: asked.url };
  await topics.send(new sns.SubscribeCommand(toEndpoint));
  const { Token, Type } = await verify(await asked.next());
  assert.equal(Type, "SubscriptionConfirmation");
  await topics.send(new sns.ConfirmSubscriptionCommand({ TopicArn, Token }));
  await topics.send(new sns.PublishCommand({ TopicArn, Message: "posted" }));
  assert.equal((await verify(await asked.next())).Message, "posted");
  asked.close();
  console.log(`ok: version ${SignatureVersion}: a confirmation and a post verify`);
}

for (const version of ["1", "2"]) await verifies(version);
console.log("done: 4 steps");
process.exit(0);
