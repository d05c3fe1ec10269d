package audit

import "strings"

// speller maps the many spellings of one field to it. The tables below hold each name once, in lower case; what the
// wrappings add (capitals, type suffixes, flattened paths, URI punctuation) is taken off by rule.
type speller struct {
	keys, claims map[string]field // what was asked before; bounded by maxSpellings
}

// maxSpellings bounds the memory of names: a stranger's records may bring any number of keys.
const maxSpellings = 4096

func newSpeller() speller {
	return speller{keys: map[string]field{}, claims: map[string]field{}}
}

// key is the meaning of a key of a record, of its properties or of a table's column.
func (s *speller) key(name []byte) field {
	f, known := s.keys[string(name)]
	if !known {
		f = keyMeaning(string(name))
		remember(s.keys, string(name), f)
	}
	return f
}

// claim is the meaning of a claim; prefix holds the outer parts of a name written as nested objects.
func (s *speller) claim(prefix string, name []byte) field {
	if prefix != "" {
		return claimNames[claimForm(prefix+string(name))]
	}
	f, known := s.claims[string(name)]
	if !known {
		f = claimNames[claimForm(string(name))]
		remember(s.claims, string(name), f)
	}
	return f
}

func remember(names map[string]field, name string, f field) {
	if len(name) > 256 {
		return
	}
	if len(names) >= maxSpellings {
		clear(names)
	}
	names[name] = f
}

// keyMeaning also reads column names: "httpStatusCode_d", "identity_claim_oid_g", "properties_enableSoftDelete_b",
// "TimeGenerated [UTC]".
func keyMeaning(name string) field {
	name = strings.ToLower(strings.TrimSpace(name))
	if column, unit, cut := strings.Cut(name, " ["); cut && strings.HasSuffix(unit, "]") {
		name = column
	}
	if f, known := keyNames[name]; known {
		return f
	}
	if len(name) > 2 && name[len(name)-2] == '_' && strings.IndexByte("sdbgt", name[len(name)-1]) >= 0 {
		name = name[:len(name)-2]
	}
	if claim, ok := strings.CutPrefix(name, "identity_claim_"); ok {
		return claimNames[claimForm(claim)]
	}
	return keyNames[strings.TrimPrefix(name, "properties_")]
}

// claimForm makes one form of a claim's name: URI punctuation and dots become single underscores.
func claimForm(name string) string {
	var form strings.Builder
	gap := false
	for _, c := range strings.ToLower(name) {
		if c >= 'a' && c <= 'z' || c >= '0' && c <= '9' {
			if gap && form.Len() > 0 {
				form.WriteByte('_')
			}
			form.WriteRune(c)
			gap = false
			continue
		}
		gap = true
	}
	return form.String()
}

var keyNames = map[string]field{
	"time": fTime, "timegenerated": fTime, "eventtimestamp": fTime,
	"category": fCategory, "operationname": fOperation, "metricname": fMetric, "evaluationdetails": fEvaluation,
	"resulttype": fResultType, "status": fResultType,
	"resultsignature": fSignature, "substatus": fSubStatus, "resultdescription": fDescription,
	"correlationid": fCorrelation, "calleripaddress": fAddress,
	"resourceid": fResource, "_resourceid": fResource,

	"httpstatuscode": fStatus, "clientinfo": fAgent, "requesturi": fURI, "id": fID,
	"isaccesspolicymatch": fPolicyMatch, "isrbacauthorized": fRBACAuthorized, "isaddressauthorized": fAddressAuthorized,
	"addrauthtype": fAddressType, "addressauthorizationtype": fAddressType, "trustedservice": fTrusted,
	"subnetid": fSubnet, "privateendpointid": fPrivateEndpoint,

	"networkacls": fACLs, "networkacls_defaultaction": fDefaultAction, "networkacls_bypass": fBypass,
	"networkacls_iprules": fIPRules, "networkacls_virtualnetworkrules": fNetworkRules,
	"publicnetworkaccess": fPublicAccess, "enablesoftdelete": fSoftDelete, "enablerbacauthorization": fRBAC,
	"enablepurgeprotection": fPurgeProtection,

	"addedaccesspolicy": fAdded, "addedaccesspolicy_objectid": fAddedPrincipal,
	"addedaccesspolicy_permissions_keys": fAddedKeys, "addedaccesspolicy_permissions_secrets": fAddedSecrets,
	"addedaccesspolicy_permissions_certificates": fAddedCertificates,
	"removedaccesspolicy":                        fRemoved, "removedaccesspolicy_objectid": fRemovedPrincipal,

	"authorization": fAuthorization, "statuscode": fStatusCode, "requestbody": fRequestBody,
	"responsebody": fResponseBody, "httprequest": fHTTPRequest,

	"identity": pIdentity, "claim": pClaims, "claims": pClaims, "properties": pProperties, "vaultproperties": pVault,
}

// claimNames holds short names and the old URI names in the form of claimForm.
var claimNames = map[string]field{
	"oid": cObjectID, "http_schemas_microsoft_com_identity_claims_objectidentifier": cObjectID,
	"upn": cUPN, "http_schemas_xmlsoap_org_ws_2005_05_identity_claims_upn": cUPN,
	"unique_name": cUniqueName, "http_schemas_xmlsoap_org_ws_2005_05_identity_claims_name": cName, "name": cDisplayName,
	"appid": cApplication, "azp": cApplication,
	"scp": cScope, "http_schemas_microsoft_com_identity_claims_scope": cScope,
	"appidacr": cCredential, "azpacr": cCredential, "idtyp": cType, "ipaddr": cSignIn, "iss": cIssuer,
	"tid": cTenant, "http_schemas_microsoft_com_identity_claims_tenantid": cTenant,
	"xms_mirid": cResource,
}
