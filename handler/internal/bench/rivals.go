package bench

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"unsafe"

	jsonv2 "github.com/go-json-experiment/json"
)

// library is a JSON library at its fastest: decoding into a struct of the fields that we read, too, out of bytes that
// nobody copied for it, base64 decoded as fast as by us into a buffer that is used again.
type library struct {
	name      string
	unmarshal func([]byte, any) error
}

// begin starts the library on one form, and lets it prepare for its types by a first body.
func (l library) begin(form string) func(*Load) (Runner, error) {
	return func(load *Load) (Runner, error) {
		var buffer []byte
		take := func(body []byte) (records int, err error) {
			records, buffer, err = l.parse(body, form == "binary", buffer)
			return records, err
		}
		_, err := take(Contestant{Form: form}.Body(load.Warm[0]))
		return Runner{Take: take}, err
	}
}

func libraries() []library {
	return append([]library{
		{"encoding/json", json.Unmarshal},
		// As a module it can be had without GOEXPERIMENT, which would put it under encoding/json as well.
		{"encoding/json/v2", func(b []byte, v any) error { return jsonv2.Unmarshal(b, v) }},
	}, fastest()...)
}

// posted is the outermost layer of what the host sends.
type posted struct {
	Data struct {
		Events string `json:"events"`
	}
}

// message is one event. Its fields are those that our parser reads from records of a vault.
type message struct {
	Records []struct {
		Time            string `json:"time"`
		Category        string `json:"category"`
		OperationName   string `json:"operationName"`
		CorrelationID   string `json:"correlationId"`
		CallerIPAddress string `json:"callerIpAddress"`
		ResourceID      string `json:"resourceId"`
		ResultSignature string `json:"resultSignature"`
		Identity        struct {
			Claim struct {
				OID         string `json:"oid"`
				AppID       string `json:"appid"`
				AppIDACR    string `json:"appidacr"`
				UPN         string `json:"upn"`
				Scope       string `json:"scp"`
				Type        string `json:"idtyp"`
				SignIn      string `json:"ipaddr"`
				Issuer      string `json:"iss"`
				XMSResource string `json:"xms_mirid"`
			} `json:"claim"`
		} `json:"identity"`
		Properties struct {
			ID                  string `json:"id"`
			ClientInfo          string `json:"clientInfo"`
			RequestURI          string `json:"requestUri"`
			HTTPStatusCode      int    `json:"httpStatusCode"`
			IsAccessPolicyMatch *bool  `json:"isAccessPolicyMatch"`
			IsRBACAuthorized    *bool  `json:"isRbacAuthorized"`
		} `json:"properties"`
	} `json:"records"`
}

// parse reads one invocation through all its layers and counts the records.
func (l library) parse(body []byte, binary bool, buffer []byte) (records int, used []byte, err error) {
	var p posted
	if err := l.unmarshal(body, &p); err != nil {
		return 0, nil, fmt.Errorf("%s: the request: %w", l.name, err)
	}
	var events []string
	if err := l.unmarshal(bytesOf(p.Data.Events), &events); err != nil {
		return 0, nil, fmt.Errorf("%s: the list of events: %w", l.name, err)
	}
	for _, e := range events {
		text := bytesOf(e)
		if binary {
			buffer = slices.Grow(buffer[:0], base64.StdEncoding.DecodedLen(len(e)))
			n, err := decode64(buffer[:cap(buffer)], text)
			if err != nil {
				return 0, nil, fmt.Errorf("%s: the base64 of an event: %w", l.name, err)
			}
			text = buffer[:n]
		}
		var m message
		if err := l.unmarshal(text, &m); err != nil {
			return 0, nil, fmt.Errorf("%s: an event: %w", l.name, err)
		}
		records += len(m.Records)
	}
	return records, buffer, nil
}

// bytesOf is a string's bytes without a copy: the libraries only read.
func bytesOf(s string) []byte { return unsafe.Slice(unsafe.StringData(s), len(s)) }
