package audit

// field is one thing a log can say, whatever it is called in the wrapping at hand.
type field uint8

const (
	noField field = iota
	fTime
	fCategory
	fOperation
	fMetric
	fEvaluation
	fResultType
	fSignature
	fDescription
	fCorrelation
	fAddress
	fResource
	fStatus
	fAgent
	fURI
	fID
	fPolicyMatch
	fRBACAuthorized
	fAddressAuthorized
	fAddressType
	fTrusted
	fSubnet
	fPrivateEndpoint

	// Settings of a vault.
	fACLs
	fDefaultAction
	fBypass
	fIPRules
	fNetworkRules
	fPublicAccess
	fSoftDelete
	fRBAC
	fPurgeProtection

	// Rights named by a vault write.
	fAdded
	fAddedPrincipal
	fAddedKeys
	fAddedSecrets
	fAddedCertificates
	fRemoved
	fRemovedPrincipal

	// Only in the activity log.
	fAuthorization
	fSubStatus
	fStatusCode
	fRequestBody
	fResponseBody
	fHTTPRequest

	// Claims of the caller's token.
	cObjectID
	cUPN
	cUniqueName
	cName
	cDisplayName
	cApplication
	cScope
	cCredential
	cType
	cSignIn
	cIssuer
	cTenant
	cResource

	// Places to look into further.
	pIdentity
	pClaims
	pProperties
	pVault

	fields = int(pVault) + 1
)

// fieldSet is a set of fields.
type fieldSet uint64

// set holds one field.
func (f field) set() fieldSet { return 1 << f }

// through are the fields from one to another.
func (f field) through(last field) fieldSet { return (last + 1).set() - f.set() }

var (
	// claimFields are the claims of the caller's token; requestFields say what was asked for and how it came.
	claimFields   = cObjectID.through(cResource)
	requestFields = fStatus.through(fPrivateEndpoint)
)
