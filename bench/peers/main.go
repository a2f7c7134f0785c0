// Command peers loads RabbitMQ and NATS JetStream as their own clients do, for bench/brokers.py.
//
//	peers amqp --url amqp://127.0.0.1:5672 --connections 1 --window 1000 --seconds 10
//	peers nats --url nats://127.0.0.1:4222 --publishers 64 --batch 1 --seconds 10
//
// Every message has 200 bytes and counts only when the server has confirmed it. One line is printed:
// confirmed messages a second, the median and the 99th percentile of the time to the confirmation.
package main

import (
	"flag"
	"fmt"
	"log"
	"os"
	"slices"
	"time"
)

// load says what is sent, and for how long.
type load struct {
	url         string
	connections int
	window      int
	publishers  int
	batch       int
	stop        time.Time
	payload     []byte
}

// seen is what one connection or publisher counted.
type seen struct {
	times    []time.Duration // from the publish to its confirmation
	messages int
	refused  int
}

func main() {
	log.SetFlags(0)
	if len(os.Args) < 2 {
		log.Fatal("peers amqp|nats OPTIONS")
	}
	flags := flag.NewFlagSet("peers", flag.ExitOnError)
	url := flags.String("url", "", "where the server is")
	connections := flags.Int("connections", 1, "connections")
	window := flags.Int("window", 1000, "unconfirmed messages in all (amqp)")
	publishers := flags.Int("publishers", 64, "publishers that each wait for every answer (nats)")
	batch := flags.Int("batch", 1, "messages in one atomic batch (nats)")
	seconds := flags.Float64("seconds", 10, "how long")
	size := flags.Int("payload-bytes", 200, "bytes in a message")
	if err := flags.Parse(os.Args[2:]); err != nil {
		log.Fatal(err)
	}
	payload := make([]byte, *size)
	for at := range payload {
		payload[at] = 'x'
	}
	start := time.Now()
	wanted := load{
		url: *url, connections: *connections, window: *window, publishers: *publishers,
		batch: *batch, payload: payload,
		stop: start.Add(time.Duration(*seconds * float64(time.Second))),
	}
	var found []seen
	var err error
	switch os.Args[1] {
	case "amqp":
		found, err = loadAMQP(wanted)
	case "nats":
		found, err = loadNATS(wanted)
	default:
		err = fmt.Errorf("there is no peer %q", os.Args[1])
	}
	if err != nil {
		log.Fatal(err)
	}
	report(found, time.Since(start))
}

func report(found []seen, elapsed time.Duration) {
	var all seen
	for _, one := range found {
		all.times = append(all.times, one.times...)
		all.messages += one.messages
		all.refused += one.refused
	}
	slices.Sort(all.times)
	quantile := func(share float64) int64 {
		if len(all.times) == 0 {
			return 0
		}
		return all.times[int(float64(len(all.times)-1)*share)].Microseconds()
	}
	rate := float64(all.messages) / elapsed.Seconds()
	fmt.Printf("msgs/s %.0f p50 %d p99 %d msgs %d errors %d\n",
		rate, quantile(0.5), quantile(0.99), all.messages, all.refused)
}
