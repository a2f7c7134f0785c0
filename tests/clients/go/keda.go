package main

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

// KEDA's scaler for SQS asks for one attribute, and for one more with each of two switches, and
// scales on their sum. `scaleOnInFlight` is on unless it is switched off.
var kedaAsks = []struct {
	inFlight, delayed bool
	length            int
}{
	{inFlight: true, delayed: false, length: 5 + 3},
	{inFlight: false, delayed: false, length: 5},
	{inFlight: false, delayed: true, length: 5 + 2},
	{inFlight: true, delayed: true, length: 5 + 3 + 2},
}

// answersKeda asks as the scaler asks: with an endpoint of its own (`awsEndpoint`), with the queue's
// URL and, where only its name was given, with the URL that GetQueueUrl finds.
func (s *scenario) answersKeda() string {
	backlog := s.create("backlog", map[string]string{"VisibilityTimeout": "300"})
	for range 8 {
		s.send(backlog.url, "work")
	}
	for range 3 {
		one := func(input *sqs.ReceiveMessageInput) { input.MaxNumberOfMessages = 1 }
		equal(len(s.receive(backlog.url, 2, one)), 1)
	}
	for range 2 {
		must(s.queues.SendMessage(s.ctx, &sqs.SendMessageInput{
			QueueUrl: &backlog.url, MessageBody: aws.String("later"), DelaySeconds: 900,
		}))
	}
	// It takes a URL for one if its path has an account and a name.
	hold(len(strings.Split(backlog.url, "/")) == 5, backlog.url)
	scaler := sqs.NewFromConfig(s.config, func(options *sqs.Options) {
		options.BaseEndpoint = aws.String(strings.Join(strings.Split(backlog.url, "/")[:3], "/"))
	})
	found := must(scaler.GetQueueUrl(s.ctx, &sqs.GetQueueUrlInput{QueueName: s.name("backlog")}))
	equal(*found.QueueUrl, backlog.url)
	for _, ask := range kedaAsks {
		names := []types.QueueAttributeName{types.QueueAttributeNameApproximateNumberOfMessages}
		if ask.inFlight {
			names = append(names, types.QueueAttributeNameApproximateNumberOfMessagesNotVisible)
		}
		if ask.delayed {
			names = append(names, types.QueueAttributeNameApproximateNumberOfMessagesDelayed)
		}
		shown := must(scaler.GetQueueAttributes(s.ctx, &sqs.GetQueueAttributesInput{
			QueueUrl: &backlog.url, AttributeNames: names,
		}))
		equal(len(shown.Attributes), len(names))
		length := 0
		for _, name := range names {
			length += must(strconv.Atoi(shown.Attributes[string(name)]))
		}
		equal(length, ask.length)
	}
	return fmt.Sprintf("KEDA's %d ways of asking for a backlog of 5 + 3 in flight + 2 delayed",
		len(kedaAsks))
}
