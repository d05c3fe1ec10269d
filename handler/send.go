package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"strings"
	"time"

	"github.com/vaultwatch/vaultwatch/handler/internal/send"
)

// hubKey is the variable that may hold a connection string: a command line is no place for a secret.
const hubKey = "EVENTHUB_CONNECTION_STRING"

// sendLogs feeds exported logs through the hub of a detector in Azure.
func sendLogs(ctx context.Context, s surroundings, flags *flag.FlagSet, args []string) (err error) {
	place := flags.String("to", "", "`NAMESPACE/HUB`, as contoso.servicebus.windows.net/keyvault-logs; with the key in "+hubKey+", or as who you are by az login")
	rate := flags.Int("rate", 2000, "the most `RECORDS` a second, so that the live log finds room beside; 0 for no limit")
	paths, err := parse(flags, args)
	if err != nil {
		return err
	}
	if len(paths) == 0 {
		return misused("send what? Name files, folders, or - for standard input; send -h shows more")
	}
	namespace, name, _ := strings.Cut(*place, "/")
	inputs, _, err := request{paths: paths}.inputs(s)
	if err != nil {
		return err
	}
	hub, err := send.OpenHub(send.Place{Namespace: namespace, Hub: name, ConnectionString: s.Env[hubKey]})
	if err != nil {
		return misuse{fmt.Errorf("--to: %w", err)}
	}
	defer func() { err = errors.Join(err, hub.Close(context.WithoutCancel(ctx))) }()
	return sendTo(ctx, s, send.Sending{Hub: hub, Inputs: inputs, Rate: *rate})
}

// sendTo sends and says what became of it, even if not all could be sent.
func sendTo(ctx context.Context, s surroundings, what send.Sending) error {
	started := time.Now()
	sent, err := what.Run(ctx)
	took := time.Since(started)
	fmt.Fprintf(s.Err, "%s sent in %s, %s a second, in %s", plural(sent.Records, "record"), took.Round(100*time.Millisecond),
		grouped(int(float64(sent.Records)/took.Seconds())), plural(sent.Messages, "message"))
	if sent.Records > 0 {
		fmt.Fprintf(s.Err, ", of %s to %s", sent.First.UTC().Format(time.RFC3339), sent.Last.UTC().Format(time.RFC3339))
	}
	fmt.Fprintf(s.Err, ".\nLeft out: %s not about key vaults, %s that cannot be read.\n", plural(sent.Skipped, "record"), plural(sent.Broken, "piece"))
	return err
}
