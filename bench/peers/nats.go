package main

import (
	"context"
	"encoding/json"
	"errors"
	"strconv"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/nats-io/nuid"
)

const (
	natsStream  = "bench"
	natsSubject = "bench.messages"
)

// loadNATS publishes to a stream in files: publishers share the connections, and each waits for the
// answer to its message, or to its batch, before it sends the next.
func loadNATS(wanted load) ([]seen, error) {
	connections := make([]*nats.Conn, wanted.connections)
	for at := range connections {
		connection, err := nats.Connect(wanted.url)
		if err != nil {
			return nil, err
		}
		defer connection.Close()
		connections[at] = connection
	}
	stream, err := jetstream.New(connections[0])
	if err != nil {
		return nil, err
	}
	config := jetstream.StreamConfig{
		Name: natsStream, Subjects: []string{natsSubject}, Storage: jetstream.FileStorage,
		AllowAtomicPublish: wanted.batch > 1,
	}
	if _, err := stream.CreateOrUpdateStream(context.Background(), config); err != nil {
		return nil, err
	}
	found := make([]seen, wanted.publishers)
	failures := make([]error, wanted.publishers)
	var all sync.WaitGroup
	for at := range wanted.publishers {
		all.Go(func() {
			found[at], failures[at] = publishNATS(wanted, connections[at%len(connections)])
		})
	}
	all.Wait()
	return found, first(failures)
}

// publishNATS sends and waits until the time is over.
func publishNATS(wanted load, connection *nats.Conn) (seen, error) {
	var found seen
	for {
		start := time.Now()
		if start.After(wanted.stop) {
			return found, nil
		}
		if err := publishBatch(connection, wanted); err != nil {
			return found, err
		}
		found.times = append(found.times, time.Since(start))
		found.messages += wanted.batch
	}
}

// publishBatch sends one message, or several that are stored together or not at all: all but the
// last without a question, the last with the word that commits them.
func publishBatch(connection *nats.Conn, wanted load) error {
	id := ""
	if wanted.batch > 1 {
		id = nuid.Next()
	}
	for at := 1; ; at++ {
		message := &nats.Msg{Subject: natsSubject, Data: wanted.payload}
		if id != "" {
			message.Header = nats.Header{
				"Nats-Batch-Id":       {id},
				"Nats-Batch-Sequence": {strconv.Itoa(at)},
			}
		}
		if at < wanted.batch {
			if err := connection.PublishMsg(message); err != nil {
				return err
			}
			continue
		}
		if id != "" {
			message.Header["Nats-Batch-Commit"] = []string{"1"}
		}
		return ask(connection, message)
	}
}

// ask sends a message and reads what the stream says of it.
func ask(connection *nats.Conn, message *nats.Msg) error {
	reply, err := connection.RequestMsg(message, 30*time.Second)
	if err != nil {
		return err
	}
	var answer struct {
		Error *jetstream.APIError `json:"error"`
		Seq   uint64              `json:"seq"`
	}
	if err := json.Unmarshal(reply.Data, &answer); err != nil {
		return err
	}
	if answer.Error != nil {
		return answer.Error
	}
	if answer.Seq == 0 {
		return errors.New("the stream did not say where the message is")
	}
	return nil
}
