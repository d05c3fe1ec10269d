// Package api holds the description of the HTTP API, an OpenAPI document, for the console to hand out and for its tests
// to hold the answers to. It says nothing that openapi.json does not.
package api

import _ "embed" // for the document

//go:embed openapi.json
var document []byte

// Document is the OpenAPI document, JSON. The bytes belong to the caller.
func Document() []byte { return append([]byte(nil), document...) }
