package audit

import "strings"

// operation is what a logged operation name amounts to.
type operation struct {
	text   string // as logged
	name   string // the same, as valid text
	folded string // lower-case, to compare
	known  bool
	class  Class
	object ObjectType
	vaults bool // it is about vaults, not what is in them
}

// operation looks a name up, which is the likely one's if that is not nil and is spelled like it.
func (n *interner) operation(name []byte, likely *operation) *operation {
	name = cut(name, MaxOperation)
	if likely != nil && likely.text == string(name) {
		return likely
	}
	if known := n.operations.known[string(name)]; known != nil {
		return known
	}
	op := classify(valid(string(name), MaxOperation))
	op.text = string(name)
	return n.operations.keep(op.text, &op)
}

// classify looks an operation up, without regard to case. What it does not know is Other, never an error: the service
// adds operations as it likes.
func classify(name string) operation {
	op := operation{name: name, folded: strings.ToLower(name)}
	kind, known := operations[op.folded]
	if !known && strings.HasSuffix(op.folded, "eventgridnotification") {
		kind, known = operation{class: Background}, true
	}
	op.known, op.class, op.object = known, kind.class, kind.object
	op.vaults = known && op.object == NoObject && (op.class == Policy || strings.HasPrefix(op.folded, "vault"))
	return op
}

// operations is the table of §6 of the log's reference: name in lower case, class, and the type of object it is about.
var operations = map[string]operation{
	"authentication": {class: Meta},

	"vaultget":          {class: Meta},
	"vaultlist":         {class: Meta},
	"vaultlistdeleted":  {class: Meta},
	"vaultgetdeleted":   {class: Meta},
	"vaultput":          {class: Policy},
	"vaultcreate":       {class: Policy},
	"vaultpatch":        {class: Policy},
	"accesspolicymerge": {class: Policy},
	"vaultdelete":       {class: Destroy},
	"vaultpurge":        {class: Destroy},
	"vaultrecover":      {class: Revive},

	"listprivateendpointconnections":            {class: Meta},
	"getprivatelinkresources":                   {class: Meta},
	"getprivateendpointconnectionproxy":         {class: Meta},
	"listnetworksecurityperimeterconfiguration": {class: Meta},
	// The network provider calls these when somebody makes a private endpoint: a way in, but no right.
	"putprivateendpointconnectionproxy":          {class: Other},
	"postprivateendpointconnectionproxyvalidate": {class: Other},

	// Managed HSM.
	"backupcreate":      {class: Export},
	"backupstatus":      {class: Meta},
	"ekmproxyoperation": {class: Crypto, object: Key},
	"getrandombytes":    {class: Crypto},

	"keyget":               {class: Read, object: Key},
	"keylist":              {class: List, object: Key},
	"keylistversions":      {class: Read, object: Key},
	"keylistdeleted":       {class: List, object: Key},
	"keygetdeleted":        {class: Read, object: Key},
	"keyrotationpolicyget": {class: Read, object: Key},
	"keycreate":            {class: Write, object: Key},
	"keyimport":            {class: Write, object: Key},
	"keyupdate":            {class: Write, object: Key},
	"keyrotate":            {class: Write, object: Key},
	"keyrotationpolicyset": {class: Write, object: Key},
	"keyrotateifdue":       {class: Background, object: Key},
	"keyencrypt":           {class: Crypto, object: Key},
	"keydecrypt":           {class: Crypto, object: Key},
	"keywrap":              {class: Crypto, object: Key},
	"keyunwrap":            {class: Crypto, object: Key},
	"keysign":              {class: Crypto, object: Key},
	"keyverify":            {class: Crypto, object: Key},
	"keyrelease":           {class: Export, object: Key},
	"keybackup":            {class: Export, object: Key},
	"keyrestore":           {class: Revive, object: Key},
	"keyrecover":           {class: Revive, object: Key},
	"keydelete":            {class: Destroy, object: Key},
	"keypurge":             {class: Destroy, object: Key},

	"secretget":          {class: Value, object: Secret},
	"secretlist":         {class: List, object: Secret},
	"secretlistversions": {class: Read, object: Secret},
	"secretlistdeleted":  {class: List, object: Secret},
	"secretgetdeleted":   {class: Read, object: Secret},
	"secretset":          {class: Write, object: Secret},
	"secretupdate":       {class: Write, object: Secret},
	"secretbackup":       {class: Export, object: Secret},
	"secretrestore":      {class: Revive, object: Secret},
	"secretrecover":      {class: Revive, object: Secret},
	"secretdelete":       {class: Destroy, object: Secret},
	"secretpurge":        {class: Destroy, object: Secret},

	"certificateget":           {class: Read, object: Certificate},
	"certificatelist":          {class: List, object: Certificate},
	"certificatelistversions":  {class: Read, object: Certificate},
	"certificatelistdeleted":   {class: List, object: Certificate},
	"certificategetdeleted":    {class: Read, object: Certificate},
	"certificatepolicyget":     {class: Read, object: Certificate},
	"certificatependingget":    {class: Read, object: Certificate},
	"certificatecreate":        {class: Write, object: Certificate},
	"certificateimport":        {class: Write, object: Certificate},
	"certificateupdate":        {class: Write, object: Certificate},
	"certificateenroll":        {class: Write, object: Certificate},
	"certificaterenew":         {class: Write, object: Certificate},
	"certificatependingmerge":  {class: Write, object: Certificate},
	"certificatependingupdate": {class: Write, object: Certificate},
	"certificatependingdelete": {class: Destroy, object: Certificate},
	"certificatepolicyupdate":  {class: Write, object: Certificate},
	"certificatepolicyset":     {class: Write, object: Certificate},
	"certificatebackup":        {class: Export, object: Certificate},
	"certificaterestore":       {class: Revive, object: Certificate},
	"certificaterecover":       {class: Revive, object: Certificate},
	"certificatedelete":        {class: Destroy, object: Certificate},
	"certificatepurge":         {class: Destroy, object: Certificate},
	// Contacts and issuers lie beside the certificates; losing one loses no certificate.
	"certificatecontactsget":    {class: List, object: OtherObject},
	"certificatecontactsset":    {class: Write, object: OtherObject},
	"certificatecontactsdelete": {class: Write, object: OtherObject},
	"certificateissuerget":      {class: Read, object: OtherObject},
	"certificateissuerslist":    {class: List, object: OtherObject},
	"certificateissuerset":      {class: Write, object: OtherObject},
	"certificateissuerupdate":   {class: Write, object: OtherObject},
	"certificateissuerdelete":   {class: Write, object: OtherObject},

	// The subscription's activity log.
	"microsoft.keyvault/vaults/write":                              {class: Policy},
	"microsoft.keyvault/vaults/accesspolicies/write":               {class: Policy},
	"microsoft.keyvault/managedhsms/write":                         {class: Policy},
	"microsoft.keyvault/vaults/delete":                             {class: Destroy},
	"microsoft.keyvault/managedhsms/delete":                        {class: Destroy},
	"microsoft.keyvault/locations/deletedvaults/purge/action":      {class: Destroy},
	"microsoft.keyvault/locations/deletedmanagedhsms/purge/action": {class: Destroy},
	"microsoft.keyvault/vaults/secrets/write":                      {class: Write, object: Secret},
	"microsoft.keyvault/vaults/keys/write":                         {class: Write, object: Key},
	"microsoft.authorization/roleassignments/write":                {class: Policy},
	"microsoft.authorization/roleassignments/delete":               {class: Policy},
	"microsoft.insights/diagnosticsettings/write":                  {class: Policy},
	"microsoft.insights/diagnosticsettings/delete":                 {class: Policy},
}

// classifyPath guesses the class of an HSM operation whose name is not published from the path of its request.
func classifyPath(path string) Class {
	path = strings.ToLower(path)
	last := path[strings.LastIndexByte(path, '/')+1:]
	switch {
	case strings.HasPrefix(path, "securitydomain/download"):
		return Export
	case strings.HasPrefix(path, "securitydomain/upload"):
		return Revive
	case strings.HasPrefix(path, "providers/microsoft.authorization/"):
		return Policy
	case path == "backup" || strings.HasPrefix(path, "keys/") && (last == "backup" || last == "release"):
		return Export
	case path == "restore" || strings.HasPrefix(path, "keys/") && last == "restore":
		return Revive
	case path == "rng":
		return Crypto
	case strings.HasPrefix(path, "keys/"):
		switch last {
		case "encrypt", "decrypt", "wrapkey", "unwrapkey", "sign", "verify":
			return Crypto
		case "create", "rotate", "rotationpolicy":
			return Write
		}
	}
	return Other
}
