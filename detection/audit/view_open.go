package audit

import "github.com/valyala/fastjson"

// open spreads out a record. The value must stay alive while the view is read.
func (v *view) open(record *fastjson.Object) {
	v.clear()
	v.walk(record)
	v.inside()
}

// openRow spreads out a row of a table by its columns.
func (v *view) openRow(columns []field, row []*fastjson.Value) {
	v.clear()
	for i, value := range row {
		if i < len(columns) {
			v.put(columns[i], value)
		}
	}
	v.inside()
}

// inside goes into nested places only after the outer ones, so that the envelope's word stands before the properties'.
func (v *view) inside() {
	if properties := v.object(pProperties); properties != nil {
		v.at[pProperties] = spot{} // so that the settings nested below, of the same name, are noticed
		v.walk(properties)
		if settings := v.object(pProperties); settings != nil {
			v.walk(settings)
		}
	}
	if vault := v.object(pVault); vault != nil {
		v.walk(vault)
	}
	if identity := v.object(pIdentity); identity != nil {
		v.put(pClaims, identity.Get("claim"))
		v.put(pClaims, identity.Get("claims"))
		v.put(fAuthorization, identity.Get("authorization"))
	}
	if claims := v.object(pClaims); claims != nil {
		v.walkClaims("", claims)
	}
}

func (v *view) walk(object *fastjson.Object) {
	object.Visit(func(key []byte, value *fastjson.Value) { v.put(v.spell.key(key), value) })
}

// walkClaims reads claims; an HSM writes the dots of a claim's name as nested objects.
func (v *view) walkClaims(prefix string, claims *fastjson.Object) {
	claims.Visit(func(key []byte, value *fastjson.Value) {
		inner := value.GetObject()
		if inner == nil || len(prefix) > 128 {
			v.put(v.spell.claim(prefix, key), value)
			return
		}
		v.walkClaims(prefix+string(key)+"_", inner)
	})
}

// put keeps the first value that says something: an empty column beside a filled one of the same meaning is usual.
func (v *view) put(f field, value *fastjson.Value) {
	if f != noField && value != nil {
		v.keep(f, spot{value: v.parsed(value), kind: kind(value.Type()), rank: lastRank})
	}
}
