package audit

import (
	"bytes"
	"strings"
)

// phrases are the reason phrases of resultSignature and statusCode, lower-case and without spaces: the vault log writes
// "Not Found", the activity log "NotFound".
var phrases = map[string]int{
	"ok": 200, "created": 201, "accepted": 202, "nocontent": 204, "notmodified": 304, "badrequest": 400,
	"unauthorized": 401, "forbidden": 403, "notfound": 404, "methodnotallowed": 405, "conflict": 409, "gone": 410,
	"preconditionfailed": 412, "toomanyrequests": 429, "internalservererror": 500, "badgateway": 502,
	"serviceunavailable": 503, "gatewaytimeout": 504,
}

func phrase(text []byte) int {
	if len(text) == 0 || len(text) > 64 {
		return 0
	}
	return phrases[strings.ToLower(strings.ReplaceAll(string(text), " ", ""))]
}

// answer is the HTTP status of a vault's record. A record of 2016 exists whose signature says Forbidden beside the
// code 200; the code is the truth.
func (r *request) answer(signature []byte) int {
	if r.status != 0 {
		return r.status
	}
	return phrase(signature)
}

// activityStatus is the HTTP status of an activity record: "OK", or the end of "Succeeded.OK".
func (v *view) activityStatus() int {
	if status := v.number(fStatusCode); status != 0 {
		return status
	}
	for _, f := range []field{fStatusCode, fSubStatus, fSignature} {
		text := v.text(f)
		if status := phrase(text[bytes.LastIndexByte(text, '.')+1:]); status != 0 {
			return status
		}
	}
	return 0
}

// outcome judges a status. identified: the record names a caller.
func outcome(status int, identified bool) Outcome {
	switch {
	case status == 0:
		return Unknown
	case status >= 200 && status < 400:
		return Success
	case status == 401 && !identified:
		return Challenge
	case status == 403:
		return Denied
	case status == 404:
		return NotFound
	case status == 429:
		return Throttled
	case status >= 400 && status < 500:
		return Refused
	case status >= 500:
		return Failed
	}
	return Unknown
}

// refusal is what the flags say of a 403; NotDenied if nothing.
func (v *view) refusal() Denial {
	for _, f := range []field{fPolicyMatch, fRBACAuthorized} {
		if matched, known := v.flag(f); known && !matched {
			return ByPolicy
		}
	}
	if let, known := v.flag(fAddressAuthorized); known && !let {
		return ByFirewall
	}
	return NotDenied
}

// denial says why a 403 was given, and whether it was a denial at all: the flags first, since the texts change and may be
// cut, then the texts.
func (v *view) denial(flags Denial) (Denial, Outcome) {
	if flags != NotDenied {
		return flags, Denied
	}
	text := string(v.lowered(fDescription, 1024))
	switch {
	case containsAny(text, "client address is not authorized", "public network access is disabled", "by nsp rules",
		"forbiddenbyfirewall", "forbiddenbyconnection"):
		return ByFirewall, Denied
	case containsAny(text, "not allowed on a disabled", "not allowed on an expired", "is not permitted on this key",
		"purge protection", "not yet valid"):
		return NotDenied, Refused
	}
	return ByPolicy, Denied
}

func containsAny(text string, parts ...string) bool {
	for _, part := range parts {
		if strings.Contains(text, part) {
			return true
		}
	}
	return false
}

// path tells how the call came in. Columns of the same meaning differ between the tables, and most records have none.
func (v *view) path() Path {
	how := v.lowered(fAddressType, 32)
	switch {
	case meant(v.text(fPrivateEndpoint)) || bytes.Contains(how, []byte("private")):
		return PrivatePath
	case v.trusted() || string(how) == "trustedservice":
		return TrustedPath
	case meant(v.text(fSubnet)) || string(how) == "subnet":
		return SubnetPath
	}
	return PublicPath
}

func (v *view) trusted() bool {
	if is, known := v.flag(fTrusted); known {
		return is
	}
	return meant(v.text(fTrusted))
}

// meant tells an id from an HSM's "(unknown)".
func meant(text []byte) bool { return len(text) > 0 && text[0] != '(' }
