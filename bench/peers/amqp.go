package main

import (
	"context"
	"errors"
	"sync"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
)

const amqpQueue = "bench"

// loadAMQP publishes to a quorum queue over a few connections, each with its share of the window.
func loadAMQP(wanted load) ([]seen, error) {
	found := make([]seen, wanted.connections)
	failures := make([]error, wanted.connections)
	var all sync.WaitGroup
	for at := range wanted.connections {
		all.Go(func() {
			found[at], failures[at] = publishAMQP(wanted, wanted.window/wanted.connections)
		})
	}
	all.Wait()
	return found, first(failures)
}

// publishAMQP keeps `window` messages unconfirmed on a connection of its own.
func publishAMQP(wanted load, window int) (seen, error) {
	connection, err := amqp.Dial(wanted.url)
	if err != nil {
		return seen{}, err
	}
	defer connection.Close()
	channel, err := connection.Channel()
	if err != nil {
		return seen{}, err
	}
	quorum := amqp.Table{"x-queue-type": "quorum"}
	if _, err := channel.QueueDeclare(amqpQueue, true, false, false, false, quorum); err != nil {
		return seen{}, err
	}
	if err := channel.Confirm(false); err != nil {
		return seen{}, err
	}
	confirms := channel.NotifyPublish(make(chan amqp.Confirmation, window))

	// Delivery tags count from one, so a tag finds its start in a ring as long as the window.
	// Handing over a place in the window orders what both goroutines do with it.
	starts := make([]time.Time, window)
	free := make(chan struct{}, window)
	for range window {
		free <- struct{}{}
	}
	published := make(chan int, 1)
	failed := make(chan error, 1)
	go func() {
		count := 0
		for ; time.Now().Before(wanted.stop); count++ {
			<-free
			starts[(count+1)%window] = time.Now()
			message := amqp.Publishing{DeliveryMode: amqp.Persistent, Body: wanted.payload}
			err := channel.PublishWithContext(
				context.Background(), "", amqpQueue, false, false, message)
			if err != nil {
				failed <- err
				return
			}
		}
		published <- count
	}()

	var found seen
	for total := -1; total < 0 || found.messages+found.refused < total; {
		select {
		case total = <-published:
		case err := <-failed:
			return found, err
		case confirm, isOpen := <-confirms:
			if !isOpen {
				return found, errors.New("the channel was closed")
			}
			start := starts[confirm.DeliveryTag%uint64(window)]
			if confirm.Ack {
				found.times = append(found.times, time.Since(start))
				found.messages++
			} else {
				found.refused++
			}
			free <- struct{}{}
		}
	}
	return found, nil
}

// first is the first of several errors, if there is one.
func first(failures []error) error {
	for _, failure := range failures {
		if failure != nil {
			return failure
		}
	}
	return nil
}
