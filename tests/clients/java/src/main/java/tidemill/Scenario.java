package tidemill;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Supplier;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.sns.SnsClient;
import software.amazon.awssdk.services.sqs.SqsClient;
import software.amazon.awssdk.services.sqs.model.ChangeMessageVisibilityBatchRequestEntry;
import software.amazon.awssdk.services.sqs.model.DeleteMessageBatchRequestEntry;
import software.amazon.awssdk.services.sqs.model.Message;
import software.amazon.awssdk.services.sqs.model.MessageAttributeValue;
import software.amazon.awssdk.services.sqs.model.MessageSystemAttributeName;
import software.amazon.awssdk.services.sqs.model.QueueAttributeName;
import software.amazon.awssdk.services.sqs.model.QueueDoesNotExistException;
import software.amazon.awssdk.services.sqs.model.ReceiptHandleIsInvalidException;
import software.amazon.awssdk.services.sqs.model.ReceiveMessageRequest;
import software.amazon.awssdk.services.sqs.model.SendMessageBatchRequestEntry;
import software.amazon.awssdk.services.sqs.model.SqsException;

/**
 * Queues and topics through AWS's SDK for Java v2, as an application uses them: the same scenario as
 * ../javascript and ../go. The endpoint and the keys come from the environment alone. One line for
 * each step; any surprise ends it with a stack trace and a status that is not 0.
 */
public final class Scenario {
  private record Queue(String url, String arn) {}

  private final SqsClient queues = SqsClient.create();
  private final SnsClient topics = SnsClient.create();
  private final String run = "java-" + UUID.randomUUID().toString().substring(0, 8);

  public static void main(String[] arguments) {
    Scenario scenario = new Scenario();
    List<Supplier<String>> steps =
        List.of(
            scenario::sendsReceivesAndDeletes,
            scenario::waitsForAMessage,
            scenario::worksInBatches,
            scenario::keepsTheOrderOfGroups,
            scenario::putsAsideWhatNobodyCanRead,
            scenario::publishesToQueues,
            scenario::tellsErrorsApart);
    steps.forEach(step -> System.out.println("ok: " + step.get()));
    System.out.println("done: " + steps.size() + " steps");
  }

  private String sendsReceivesAndDeletes() {
    Queue plain = create("plain", Map.of());
    equal(queues.getQueueUrl(get -> get.queueName(name("plain"))).queueUrl(), plain.url);
    equal(queues.listQueues(list -> list.queueNamePrefix(run)).queueUrls(), List.of(plain.url));
    String body = "grüße, 你好 & <xml/>";
    SdkBytes raw = SdkBytes.fromByteArray(new byte[] {0, -1, 7});
    var kind = MessageAttributeValue.builder().dataType("String").stringValue("order").build();
    var amount = MessageAttributeValue.builder().dataType("Number").stringValue("12.50").build();
    var binary = MessageAttributeValue.builder().dataType("Binary").binaryValue(raw).build();
    var attributes = Map.of("kind", kind, "amount", amount, "raw", binary);
    var sent =
        queues.sendMessage(
            send -> send.queueUrl(plain.url).messageBody(body).messageAttributes(attributes));
    Message message = receive(plain.url, 2).get(0);
    equal(message.messageId(), sent.messageId());
    equal(message.body(), body);
    equal(count(message), "1");
    equal(message.messageAttributes(), attributes);
    delete(plain.url, message);
    equal(receive(plain.url, 0), List.of());
    return "a message with attributes sent, received and deleted; MD5s checked by the SDK";
  }

  private String waitsForAMessage() {
    Queue waiting = create("waiting", Map.of());
    long began = System.nanoTime();
    var received = CompletableFuture.supplyAsync(() -> receive(waiting.url, 15));
    try {
      Thread.sleep(500);
    } catch (InterruptedException interrupted) {
      throw new IllegalStateException(interrupted);
    }
    send(waiting.url, "at last");
    equal(received.join().get(0).body(), "at last");
    long took = (System.nanoTime() - began) / 1_000_000;
    hold(took > 450 && took < 8_000, took + " ms");
    return "a long poll of 15 s ended with the message, after " + took + " ms";
  }

  private String worksInBatches() {
    Queue batch = create("batch", Map.of(QueueAttributeName.VISIBILITY_TIMEOUT, "60"));
    var entries = new ArrayList<SendMessageBatchRequestEntry>();
    for (int at = 0; at < 10; at++) {
      var entry = SendMessageBatchRequestEntry.builder().id("" + at).messageBody("body " + at);
      entries.add((at == 7 ? entry.delaySeconds(901) : entry).build());
    }
    var sent = queues.sendMessageBatch(send -> send.queueUrl(batch.url).entries(entries));
    equal(sent.successful().size(), 9);
    equal(sent.failed().size(), 1);
    equal(sent.failed().get(0).id(), "7");
    hold(sent.failed().get(0).senderFault(), "the sender's fault");

    var visible = new ArrayList<ChangeMessageVisibilityBatchRequestEntry>();
    for (Message message : receiveAll(batch.url, 9)) {
      visible.add(
          ChangeMessageVisibilityBatchRequestEntry.builder()
              .id("" + visible.size())
              .receiptHandle(message.receiptHandle())
              .visibilityTimeout(0)
              .build());
    }
    queues.changeMessageVisibilityBatch(change -> change.queueUrl(batch.url).entries(visible));
    var last = new ArrayList<DeleteMessageBatchRequestEntry>();
    for (Message message : receiveAll(batch.url, 9)) {
      equal(count(message), "2");
      String handle = last.isEmpty() ? "not-a-handle" : message.receiptHandle();
      last.add(
          DeleteMessageBatchRequestEntry.builder()
              .id("" + last.size())
              .receiptHandle(handle)
              .build());
    }
    var deleted = queues.deleteMessageBatch(delete -> delete.queueUrl(batch.url).entries(last));
    equal(deleted.successful().size(), 8);
    equal(deleted.failed().get(0).code(), "ReceiptHandleIsInvalid");
    return "batches: 9 of 10 sent, shown again, 8 of 9 deleted, each failure named";
  }

  private String keepsTheOrderOfGroups() {
    Queue ordered = create("ordered.fifo", Map.of(QueueAttributeName.FIFO_QUEUE, "true"));
    String previous = "";
    for (int number = 0; number < 12; number++) {
      String body = "" + number;
      String group = "group-" + number % 3;
      Supplier<software.amazon.awssdk.services.sqs.model.SendMessageResponse> send =
          () ->
              queues.sendMessage(
                  it ->
                      it.queueUrl(ordered.url)
                          .messageBody(body)
                          .messageGroupId(group)
                          .messageDeduplicationId("id-" + body));
      var first = send.get();
      var again = send.get();
      equal(again.messageId(), first.messageId());
      equal(again.sequenceNumber(), first.sequenceNumber());
      hold(first.sequenceNumber().compareTo(previous) > 0, "sequence numbers rise");
      previous = first.sequenceNumber();
    }
    List<Integer> bodies =
        drain(ordered.url, 12).stream().map(each -> Integer.valueOf(each.body())).toList();
    for (int group = 0; group < 3; group++) {
      int wanted = group;
      List<Integer> found = bodies.stream().filter(body -> body % 3 == wanted).toList();
      equal(found, List.of(group, group + 3, group + 6, group + 9));
    }
    return "FIFO: 12 messages of 3 groups in order, 12 repeats taken once";
  }

  private String putsAsideWhatNobodyCanRead() {
    Queue dead = create("dead", Map.of());
    String policy =
        "{\"deadLetterTargetArn\": \"%s\", \"maxReceiveCount\": 2}".formatted(dead.arn);
    Queue source = create("source", Map.of(QueueAttributeName.REDRIVE_POLICY, policy));
    send(source.url, "poison");
    for (int attempt = 0; attempt < 2; attempt++) {
      equal(receive(source.url, 2, it -> it.visibilityTimeout(0)).get(0).body(), "poison");
    }
    equal(receive(source.url, 0), List.of());
    Message letter = receive(dead.url, 2, it -> it.visibilityTimeout(0)).get(0);
    String from = letter.attributesAsStrings().get("DeadLetterQueueSourceArn");
    equal(from, source.arn);
    var sources = queues.listDeadLetterSourceQueues(list -> list.queueUrl(dead.url));
    equal(sources.queueUrls(), List.of(source.url));
    queues.startMessageMoveTask(start -> start.sourceArn(dead.arn));
    // As on AWS, what a task moves back is a new message.
    Message back = receive(source.url, 10).get(0);
    equal(back.body(), "poison");
    equal(count(back), "1");
    return "dead letters: put aside after 2 receives, moved back by a task";
  }

  private String publishesToQueues() {
    String topic = topics.createTopic(create -> create.name(name("topic"))).topicArn();
    Queue all = create("all", Map.of());
    Queue dear = create("dear", Map.of());
    subscribe(topic, all, Map.of());
    String filter = "{\"price\": [{\"numeric\": [\">\", 100]}]}";
    subscribe(topic, dear, Map.of("RawMessageDelivery", "true", "FilterPolicy", filter));
    for (String price : List.of("5", "500")) {
      var attribute =
          software.amazon.awssdk.services.sns.model.MessageAttributeValue.builder()
              .dataType("Number")
              .stringValue(price)
              .build();
      topics.publish(
          publish ->
              publish
                  .topicArn(topic)
                  .subject("a price")
                  .message("costs " + price)
                  .messageAttributes(Map.of("price", attribute)));
    }
    List<String> envelopes = drain(all.url, 2).stream().map(Message::body).sorted().toList();
    hold(envelopes.stream().allMatch(each -> each.contains(topic)), "of " + topic);
    for (String text : List.of("\"costs 5\"", "\"costs 500\"")) {
      equal(envelopes.stream().filter(each -> each.contains(text)).count(), 1L);
    }
    Message raw = drain(dear.url, 1).get(0);
    equal(raw.body(), "costs 500");
    equal(raw.messageAttributes().get("price").stringValue(), "500");
    equal(receive(dear.url, 0), List.of());
    return "a topic: one queue got 2 envelopes, one the raw message that its filter lets through";
  }

  private String tellsErrorsApart() {
    throwsA(
        QueueDoesNotExistException.class,
        () -> queues.getQueueUrl(get -> get.queueName(name("nowhere"))));
    Queue errors = create("errors", Map.of());
    throwsA(
        ReceiptHandleIsInvalidException.class,
        () -> queues.deleteMessage(delete -> delete.queueUrl(errors.url).receiptHandle("wrong")));
    var wrong = StaticCredentialsProvider.create(AwsBasicCredentials.create("AKIAX", "no"));
    try (SqsClient refused = SqsClient.builder().credentialsProvider(wrong).build()) {
      throwsA(SqsException.class, refused::listQueues);
    }
    return "errors: typed by the SDK, a wrong key refused";
  }

  private String name(String stem) {
    return run + "-" + stem;
  }

  private Queue create(String stem, Map<QueueAttributeName, String> attributes) {
    var created = queues.createQueue(it -> it.queueName(name(stem)).attributes(attributes));
    String url = created.queueUrl();
    var wish = QueueAttributeName.QUEUE_ARN;
    var shown = queues.getQueueAttributes(get -> get.queueUrl(url).attributeNames(wish));
    return new Queue(url, shown.attributes().get(wish));
  }

  private void subscribe(String topic, Queue queue, Map<String, String> attributes) {
    topics.subscribe(
        it -> it.topicArn(topic).protocol("sqs").endpoint(queue.arn).attributes(attributes));
  }

  private void send(String url, String body) {
    queues.sendMessage(send -> send.queueUrl(url).messageBody(body));
  }

  private List<Message> receive(String url, int seconds) {
    return receive(url, seconds, it -> {});
  }

  private List<Message> receive(
      String url, int seconds, Consumer<ReceiveMessageRequest.Builder> change) {
    var request =
        ReceiveMessageRequest.builder()
            .queueUrl(url)
            .maxNumberOfMessages(10)
            .waitTimeSeconds(seconds)
            .messageAttributeNames("All")
            .messageSystemAttributeNames(MessageSystemAttributeName.ALL);
    change.accept(request);
    return queues.receiveMessage(request.build()).messages();
  }

  private List<Message> receiveAll(String url, int count) {
    var found = new ArrayList<Message>();
    while (found.size() < count) {
      List<Message> messages = receive(url, 2);
      hold(!messages.isEmpty(), found.size() + " of " + count + " came");
      found.addAll(messages);
    }
    return found;
  }

  /** Receives until `count` messages have come, deleting each, so that their groups go on. */
  private List<Message> drain(String url, int count) {
    var found = new ArrayList<Message>();
    while (found.size() < count) {
      List<Message> messages = receive(url, 2);
      hold(!messages.isEmpty(), found.size() + " of " + count + " came");
      messages.forEach(message -> delete(url, message));
      found.addAll(messages);
    }
    return found;
  }

  private void delete(String url, Message message) {
    queues.deleteMessage(it -> it.queueUrl(url).receiptHandle(message.receiptHandle()));
  }

  private static String count(Message message) {
    return message.attributesAsStrings().get("ApproximateReceiveCount");
  }

  private static void throwsA(Class<? extends Exception> expected, Runnable action) {
    try {
      action.run();
    } catch (RuntimeException thrown) {
      hold(expected.isInstance(thrown), "found " + thrown);
      return;
    }
    throw new IllegalStateException("no " + expected.getSimpleName());
  }

  private static void equal(Object found, Object expected) {
    hold(Objects.equals(found, expected), "found " + found + ", expected " + expected);
  }

  private static void hold(boolean condition, String about) {
    if (!condition) {
      throw new IllegalStateException(about);
    }
  }
}
