package main

import (
	"encoding/json"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sns/types"
)

func (s *scenario) publishesToQueues() string {
	topic := *must(s.topics.CreateTopic(s.ctx, &sns.CreateTopicInput{Name: s.name("topic")})).TopicArn
	all, dear := s.create("all", nil), s.create("dear", nil)
	s.subscribe(topic, all, nil)
	s.subscribe(topic, dear, map[string]string{
		"RawMessageDelivery": "true",
		"FilterPolicy":       `{"price": [{"numeric": [">", 100]}]}`,
	})
	for _, price := range []string{"5", "500"} {
		must(s.topics.Publish(s.ctx, &sns.PublishInput{
			TopicArn: &topic,
			Message:  aws.String("costs " + price),
			Subject:  aws.String("a price"),
			MessageAttributes: map[string]types.MessageAttributeValue{
				"price": {DataType: aws.String("Number"), StringValue: &price},
			},
		}))
	}
	var told []string
	for _, message := range s.drain(all.url, 2) {
		var envelope struct{ Type, TopicArn, Message string }
		must(0, json.Unmarshal([]byte(*message.Body), &envelope))
		equal(envelope.Type, "Notification")
		equal(envelope.TopicArn, topic)
		told = append(told, envelope.Message)
	}
	equal(sorted(told), []string{"costs 5", "costs 500"})
	raw := s.drain(dear.url, 1)[0]
	equal(*raw.Body, "costs 500")
	equal(*raw.MessageAttributes["price"].StringValue, "500")
	equal(len(s.receive(dear.url, 0, nil)), 0)
	return fmt.Sprint("a topic: one queue got 2 envelopes, ",
		"one the raw message that its filter lets through")
}

func (s *scenario) subscribe(topic string, to queue, attributes map[string]string) {
	must(s.topics.Subscribe(s.ctx, &sns.SubscribeInput{
		TopicArn:   &topic,
		Protocol:   aws.String("sqs"),
		Endpoint:   &to.arn,
		Attributes: attributes,
	}))
}
