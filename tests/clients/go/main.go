// Queues and topics through AWS's SDK for Go v2, as an application uses them: the same scenario as
// ../javascript and ../java, and what KEDA asks (keda.go). The endpoint and the keys come from the
// environment alone. One line for each step; any surprise ends it with a status that is not 0.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"reflect"
	"sort"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

// scenario is one run: its clients, and a prefix that makes its names unique.
type scenario struct {
	ctx    context.Context
	config aws.Config
	queues *sqs.Client
	topics *sns.Client
	run    string
}

type queue struct{ url, arn string }

func main() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	loaded := must(config.LoadDefaultConfig(ctx))
	s := &scenario{
		ctx:    ctx,
		config: loaded,
		queues: sqs.NewFromConfig(loaded),
		topics: sns.NewFromConfig(loaded),
		run:    "go-" + strconv.FormatInt(time.Now().UnixNano(), 36),
	}
	steps := []func() string{
		s.sendsReceivesAndDeletes,
		s.waitsForAMessage,
		s.worksInBatches,
		s.keepsTheOrderOfGroups,
		s.putsAsideWhatNobodyCanRead,
		s.publishesToQueues,
		s.tellsErrorsApart,
		s.answersKeda,
	}
	for _, step := range steps {
		fmt.Println("ok:", step())
	}
	fmt.Printf("done: %d steps\n", len(steps))
}

func (s *scenario) sendsReceivesAndDeletes() string {
	plain := s.create("plain", nil)
	byName := must(s.queues.GetQueueUrl(s.ctx, &sqs.GetQueueUrlInput{QueueName: s.name("plain")}))
	equal(*byName.QueueUrl, plain.url)
	listed := must(s.queues.ListQueues(s.ctx, &sqs.ListQueuesInput{QueueNamePrefix: &s.run}))
	equal(listed.QueueUrls, []string{plain.url})
	body := "grüße, 你好 & <xml/>"
	sent := must(s.queues.SendMessage(s.ctx, &sqs.SendMessageInput{
		QueueUrl:    &plain.url,
		MessageBody: &body,
		MessageAttributes: map[string]types.MessageAttributeValue{
			"kind":   {DataType: aws.String("String"), StringValue: aws.String("order")},
			"amount": {DataType: aws.String("Number"), StringValue: aws.String("12.50")},
			"raw":    {DataType: aws.String("Binary"), BinaryValue: []byte{0, 255, 7}},
		},
	}))
	message := s.receive(plain.url, 2, nil)[0]
	equal(*message.MessageId, *sent.MessageId)
	equal(*message.Body, body)
	equal(message.Attributes["ApproximateReceiveCount"], "1")
	equal(*message.MessageAttributes["amount"].StringValue, "12.50")
	equal(message.MessageAttributes["raw"].BinaryValue, []byte{0, 255, 7})
	s.delete(plain.url, message)
	equal(len(s.receive(plain.url, 0, nil)), 0)
	return "a message with attributes sent, received and deleted; MD5s checked by the SDK"
}

func (s *scenario) waitsForAMessage() string {
	waiting := s.create("waiting", nil)
	began := time.Now()
	received := make(chan []types.Message, 1)
	go func() { received <- s.receive(waiting.url, 15, nil) }()
	time.Sleep(500 * time.Millisecond)
	s.send(waiting.url, "at last")
	messages := <-received
	took := time.Since(began)
	equal(*messages[0].Body, "at last")
	hold(took > 450*time.Millisecond && took < 8*time.Second, "it took ", took)
	return fmt.Sprintf("a long poll of 15 s ended with the message, after %d ms", took.Milliseconds())
}

func (s *scenario) worksInBatches() string {
	batch := s.create("batch", map[string]string{"VisibilityTimeout": "60"})
	var entries []types.SendMessageBatchRequestEntry
	for at := range 10 {
		entry := types.SendMessageBatchRequestEntry{
			Id:          aws.String(strconv.Itoa(at)),
			MessageBody: aws.String(fmt.Sprint("body ", at)),
		}
		if at == 7 {
			entry.DelaySeconds = 901
		}
		entries = append(entries, entry)
	}
	sent := must(s.queues.SendMessageBatch(s.ctx, &sqs.SendMessageBatchInput{
		QueueUrl: &batch.url, Entries: entries,
	}))
	equal(len(sent.Successful), 9)
	equal(len(sent.Failed), 1)
	equal(*sent.Failed[0].Id, "7")
	hold(sent.Failed[0].SenderFault, "the sender's fault")

	var visible []types.ChangeMessageVisibilityBatchRequestEntry
	for at, message := range s.receiveAll(batch.url, 9) {
		visible = append(visible, types.ChangeMessageVisibilityBatchRequestEntry{
			Id: aws.String(strconv.Itoa(at)), ReceiptHandle: message.ReceiptHandle,
		})
	}
	must(s.queues.ChangeMessageVisibilityBatch(s.ctx, &sqs.ChangeMessageVisibilityBatchInput{
		QueueUrl: &batch.url, Entries: visible,
	}))
	var last []types.DeleteMessageBatchRequestEntry
	for at, message := range s.receiveAll(batch.url, 9) {
		equal(message.Attributes["ApproximateReceiveCount"], "2")
		last = append(last, types.DeleteMessageBatchRequestEntry{
			Id: aws.String(strconv.Itoa(at)), ReceiptHandle: message.ReceiptHandle,
		})
	}
	last[0].ReceiptHandle = aws.String("not-a-handle")
	deleted := must(s.queues.DeleteMessageBatch(s.ctx, &sqs.DeleteMessageBatchInput{
		QueueUrl: &batch.url, Entries: last,
	}))
	equal(len(deleted.Successful), 8)
	equal(*deleted.Failed[0].Code, "ReceiptHandleIsInvalid")
	return "batches: 9 of 10 sent, shown again, 8 of 9 deleted, each failure named"
}

func (s *scenario) keepsTheOrderOfGroups() string {
	ordered := s.create("ordered.fifo", map[string]string{"FifoQueue": "true"})
	previous := ""
	for number := range 12 {
		input := &sqs.SendMessageInput{
			QueueUrl:               &ordered.url,
			MessageBody:            aws.String(strconv.Itoa(number)),
			MessageGroupId:         aws.String(fmt.Sprint("group-", number%3)),
			MessageDeduplicationId: aws.String(fmt.Sprint("id-", number)),
		}
		first := must(s.queues.SendMessage(s.ctx, input))
		again := must(s.queues.SendMessage(s.ctx, input))
		equal(*again.MessageId, *first.MessageId)
		equal(*again.SequenceNumber, *first.SequenceNumber)
		hold(*first.SequenceNumber > previous, "sequence numbers rise")
		previous = *first.SequenceNumber
	}
	inGroup := map[int][]int{}
	for _, message := range s.drain(ordered.url, 12) {
		number := must(strconv.Atoi(*message.Body))
		inGroup[number%3] = append(inGroup[number%3], number)
	}
	for group := range 3 {
		equal(inGroup[group], []int{group, group + 3, group + 6, group + 9})
	}
	return "FIFO: 12 messages of 3 groups in order, 12 repeats taken once"
}

func (s *scenario) putsAsideWhatNobodyCanRead() string {
	dead := s.create("dead", nil)
	policy := fmt.Sprintf(`{"deadLetterTargetArn": %q, "maxReceiveCount": 2}`, dead.arn)
	source := s.create("source", map[string]string{"RedrivePolicy": policy})
	s.send(source.url, "poison")
	atOnce := func(input *sqs.ReceiveMessageInput) { input.VisibilityTimeout = 0 }
	must(s.queues.SetQueueAttributes(s.ctx, &sqs.SetQueueAttributesInput{
		QueueUrl: &source.url, Attributes: map[string]string{"VisibilityTimeout": "0"},
	}))
	for range 2 {
		equal(*s.receive(source.url, 2, atOnce)[0].Body, "poison")
	}
	equal(len(s.receive(source.url, 0, nil)), 0)
	letter := s.receive(dead.url, 2, nil)[0]
	equal(letter.Attributes["DeadLetterQueueSourceArn"], source.arn)
	must(s.queues.ChangeMessageVisibility(s.ctx, &sqs.ChangeMessageVisibilityInput{
		QueueUrl: &dead.url, ReceiptHandle: letter.ReceiptHandle,
	}))
	sources := must(s.queues.ListDeadLetterSourceQueues(s.ctx,
		&sqs.ListDeadLetterSourceQueuesInput{QueueUrl: &dead.url}))
	equal(sources.QueueUrls, []string{source.url})
	must(s.queues.StartMessageMoveTask(s.ctx, &sqs.StartMessageMoveTaskInput{SourceArn: &dead.arn}))
	// As on AWS, what a task moves back is a new message.
	back := s.receive(source.url, 10, nil)[0]
	equal(*back.Body, "poison")
	equal(back.Attributes["ApproximateReceiveCount"], "1")
	return "dead letters: put aside after 2 receives, moved back by a task"
}

func (s *scenario) tellsErrorsApart() string {
	_, err := s.queues.GetQueueUrl(s.ctx, &sqs.GetQueueUrlInput{QueueName: s.name("nowhere")})
	var missing *types.QueueDoesNotExist
	hold(errors.As(err, &missing), err)
	url := s.create("errors", nil).url
	_, err = s.queues.DeleteMessage(s.ctx, &sqs.DeleteMessageInput{
		QueueUrl: &url, ReceiptHandle: aws.String("wrong"),
	})
	var invalid *types.ReceiptHandleIsInvalid
	hold(errors.As(err, &invalid), err)
	refused := s.config.Copy()
	refused.Credentials = credentials.NewStaticCredentialsProvider("AKIAX", "no", "")
	_, err = sqs.NewFromConfig(refused).ListQueues(s.ctx, &sqs.ListQueuesInput{})
	hold(err != nil, "a wrong key")
	return "errors: typed by the SDK, a wrong key refused"
}

func (s *scenario) name(stem string) *string { return aws.String(s.run + "-" + stem) }

func (s *scenario) create(stem string, attributes map[string]string) queue {
	created := must(s.queues.CreateQueue(s.ctx, &sqs.CreateQueueInput{
		QueueName: s.name(stem), Attributes: attributes,
	}))
	shown := must(s.queues.GetQueueAttributes(s.ctx, &sqs.GetQueueAttributesInput{
		QueueUrl: created.QueueUrl, AttributeNames: []types.QueueAttributeName{"QueueArn"},
	}))
	return queue{url: *created.QueueUrl, arn: shown.Attributes["QueueArn"]}
}

func (s *scenario) send(url, body string) {
	must(s.queues.SendMessage(s.ctx, &sqs.SendMessageInput{QueueUrl: &url, MessageBody: &body}))
}

func (s *scenario) receive(
	url string, wait int32, change func(*sqs.ReceiveMessageInput),
) []types.Message {
	input := &sqs.ReceiveMessageInput{
		QueueUrl:                    &url,
		MaxNumberOfMessages:         10,
		WaitTimeSeconds:             wait,
		MessageAttributeNames:       []string{"All"},
		MessageSystemAttributeNames: []types.MessageSystemAttributeName{"All"},
	}
	if change != nil {
		change(input)
	}
	return must(s.queues.ReceiveMessage(s.ctx, input)).Messages
}

func (s *scenario) receiveAll(url string, count int) []types.Message {
	var found []types.Message
	for len(found) < count {
		messages := s.receive(url, 2, nil)
		hold(len(messages) > 0, len(found), " of ", count, " came")
		found = append(found, messages...)
	}
	return found
}

func (s *scenario) delete(url string, message types.Message) {
	must(s.queues.DeleteMessage(s.ctx, &sqs.DeleteMessageInput{
		QueueUrl: &url, ReceiptHandle: message.ReceiptHandle,
	}))
}

func (s *scenario) drain(url string, count int) []types.Message {
	var found []types.Message
	for len(found) < count {
		messages := s.receive(url, 2, nil)
		hold(len(messages) > 0, len(found), " of ", count, " came")
		for _, message := range messages {
			s.delete(url, message)
		}
		found = append(found, messages...)
	}
	return found
}

func must[T any](value T, err error) T {
	if err != nil {
		fail(err)
	}
	return value
}

func equal(found, expected any) {
	if !reflect.DeepEqual(found, expected) {
		fail(fmt.Sprintf("found %v, expected %v", found, expected))
	}
}

func hold(condition bool, about ...any) {
	if !condition {
		fail(fmt.Sprint(about...))
	}
}

// fail ends the run; the trace says which step it was.
func fail(reason any) {
	fmt.Fprintln(os.Stderr, "failed:", reason)
	panic(reason)
}

func sorted(texts []string) []string {
	sort.Strings(texts)
	return texts
}
