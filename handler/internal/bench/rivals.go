package bench

import (
	"encoding/base64"
	"encoding/json"
	"fmt"

	jsonv2 "github.com/go-json-experiment/json"
)

// library is a JSON library at its fastest common use: decoding into a struct of the fields that we read, too.
type library struct {
	name      string
	unmarshal func([]byte, any) error
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
func (l library) parse(body []byte, binary bool) (records int, err error) {
	var p posted
	if err := l.unmarshal(body, &p); err != nil {
		return 0, fmt.Errorf("%s: the request: %w", l.name, err)
	}
	var events []string
	if err := l.unmarshal([]byte(p.Data.Events), &events); err != nil {
		return 0, fmt.Errorf("%s: the list of events: %w", l.name, err)
	}
	for _, e := range events {
		text := []byte(e)
		if binary {
			if text, err = base64.StdEncoding.DecodeString(e); err != nil {
				return 0, fmt.Errorf("%s: the base64 of an event: %w", l.name, err)
			}
		}
		var m message
		if err := l.unmarshal(text, &m); err != nil {
			return 0, fmt.Errorf("%s: an event: %w", l.name, err)
		}
		records += len(m.Records)
	}
	return records, nil
}
