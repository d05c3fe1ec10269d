package send

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	"github.com/Azure/azure-sdk-for-go/sdk/messaging/azeventhubs/v2"
)

// Place says which hub. Either ConnectionString, for a namespace or for the hub itself, or Namespace; Hub may be left out
// when the connection string names it.
type Place struct {
	Namespace, Hub   string
	ConnectionString string
	// Credential proves who we are to a Namespace; nil takes azidentity's default chain, which knows who used az login.
	Credential azcore.TokenCredential
}

// realHub is a hub of Azure.
type realHub struct{ client *azeventhubs.ProducerClient }

// OpenHub prepares the connection; it is made with the first call. The error says which part of the place is wrong.
func OpenHub(p Place) (Hub, error) {
	options := &azeventhubs.ProducerClientOptions{ApplicationID: "vaultwatch"}
	if p.ConnectionString != "" {
		known, err := azeventhubs.ParseConnectionString(p.ConnectionString)
		if err != nil {
			return nil, errors.New("the connection string cannot be read: copy it whole, as Endpoint=sb://…;SharedAccessKeyName=…;SharedAccessKey=…")
		}
		if known.EntityPath != nil {
			p.Hub = "" // the SDK wants the name in one place only
		} else if p.Hub == "" {
			return nil, errors.New("the connection string names no hub (EntityPath): say which, as NAMESPACE/HUB")
		}
		client, err := azeventhubs.NewProducerClientFromConnectionString(p.ConnectionString, p.Hub, options)
		return realHub{client}, err
	}
	if !strings.Contains(p.Namespace, ".") || strings.ContainsAny(p.Namespace, "/: ") || p.Hub == "" {
		return nil, fmt.Errorf("hub %q of namespace %q: give the full host name and the hub, as contoso.servicebus.windows.net/keyvault-logs", p.Hub, p.Namespace)
	}
	if p.Credential == nil {
		chain, err := azidentity.NewDefaultAzureCredential(nil)
		if err != nil {
			return nil, fmt.Errorf("find out who we are: %w; az login helps", err)
		}
		p.Credential = chain
	}
	client, err := azeventhubs.NewProducerClient(p.Namespace, p.Hub, p.Credential, options)
	if err != nil {
		return nil, fmt.Errorf("hub %s of %s: %w", p.Hub, p.Namespace, err)
	}
	return realHub{client}, nil
}

// Partitions implements [Hub].
func (h realHub) Partitions(ctx context.Context) ([]string, error) {
	known, err := h.client.GetEventHubProperties(ctx, nil)
	if err != nil {
		return nil, explained(err)
	}
	return known.PartitionIDs, nil
}

// Send implements [Hub], in as many transfers as the bodies need.
func (h realHub) Send(ctx context.Context, partition string, bodies [][]byte) error {
	var batch *azeventhubs.EventDataBatch
	for i := 0; i < len(bodies); {
		if batch == nil {
			var err error
			if batch, err = h.client.NewEventDataBatch(ctx, &azeventhubs.EventDataBatchOptions{PartitionID: to.Ptr(partition)}); err != nil {
				return explained(err)
			}
		}
		err := batch.AddEventData(&azeventhubs.EventData{Body: bodies[i]}, nil)
		if err == nil {
			i++
			continue
		}
		if !errors.Is(err, azeventhubs.ErrEventDataTooLarge) || batch.NumEvents() == 0 {
			return fmt.Errorf("a message of %d bytes: %w", len(bodies[i]), err)
		}
		if err := h.client.SendEventDataBatch(ctx, batch, nil); err != nil {
			return explained(err)
		}
		batch = nil
	}
	if batch == nil {
		return nil
	}
	return explained(h.client.SendEventDataBatch(ctx, batch, nil))
}

// Close implements [Hub].
func (h realHub) Close(ctx context.Context) error { return h.client.Close(ctx) }

// explained says what helps against the usual cause.
func explained(err error) error {
	var known *azeventhubs.Error
	if errors.As(err, &known) && known.Code == azeventhubs.ErrorCodeUnauthorizedAccess {
		return fmt.Errorf("%w; whoever sends needs the role Azure Event Hubs Data Sender on the hub", err)
	}
	return err
}
