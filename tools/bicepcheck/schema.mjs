// Refreshes infra/schema/*.json: what each resource type of infra/schema/types.json may contain, cut down to what the
// checks need. Run on purpose (npm run schema), never in CI: the answers are kept in the repository.
import {execFileSync} from 'node:child_process';
import {existsSync, readFileSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {fileURLToPath} from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const out = join(here, '../../infra/schema');
const list = JSON.parse(readFileSync(join(out, 'types.json'), 'utf8'));

for (const entry of list.types) {
  const found = entry.go ? fromGo(entry) : fromMcp(entry);
  const schema = {type: entry.type, apiVersion: entry.apiVersion, ...found, objects: reachable(found)};
  writeFileSync(join(out, entry.type.replaceAll('/', '_') + '.json'), JSON.stringify(schema, null, 1) + '\n');
  console.log(entry.type, schema.described, Object.keys(schema.objects).length, 'objects');
}

// fromMcp asks the Bicep type data that @azure/mcp-linux-x64 carries.
function fromMcp(entry) {
  const tool = join(here, 'node_modules/@azure/mcp-linux-x64/dist/azmcp');
  const answer = execFileSync(tool, ['bicepschema', 'get', '--resource-type', entry.type], {
    env: {...process.env, AZURE_MCP_COLLECT_TELEMETRY: 'false'}, maxBuffer: 1 << 26,
  });
  const parts = JSON.parse(answer).results.BicepSchemaResult;
  const resource = parts.find(p => p.$type === 'Resource' && p.name.split('@')[0] === entry.type);
  const body = resource.bodyType.elements?.[0] ?? resource.bodyType; // a type told apart by its name: the forms are alike
  const objects = {};
  for (const part of [...parts.filter(p => p.$type === 'Object'), body]) objects[part.name] = compact(part);
  return {source: '@azure/mcp-linux-x64@' + version('@azure/mcp-linux-x64'), described: resource.name.split('@')[1],
    scopes: resource.writableScopes, root: entry.type, objects};
}

function version(name) {
  return JSON.parse(readFileSync(join(here, 'node_modules', name, 'package.json'), 'utf8')).version;
}

function compact(part) {
  const properties = {};
  for (const p of part.properties ?? []) {
    const flags = p.flags ?? '';
    properties[p.name] = {type: p.type, ...(flags.includes('Required') && {required: true}), ...(flags.includes('ReadOnly') && {readOnly: true})};
  }
  return {properties, ...(part.additionalPropertiesType && {additional: part.additionalPropertiesType})};
}

// fromGo reads the generated Go SDK: structs with their REQUIRED and READ-ONLY comments, and the JSON names from their
// MarshalJSON methods. An interface stands for the union of its implementations.
function fromGo(entry) {
  const module = list.goModules[entry.go];
  const dir = JSON.parse(execFileSync('go', ['mod', 'download', '-json', module])).Dir;
  const read = name => existsSync(join(dir, name)) ? readFileSync(join(dir, name), 'utf8') : '';
  const models = structs(read('models.go'));
  const names = jsonNames(read('models_serde.go'));
  const enums = enumValues(read('constants.go'));
  const unions = interfaces(read('interfaces.go'));
  const objects = {};
  for (const [name, fields] of Object.entries(models)) {
    objects[name] = {properties: {}};
    for (const field of fields) {
      const json = names[name]?.[field.name];
      if (json) objects[name].properties[json] = {type: goType(field.type, enums, objects), ...(field.required && {required: true}), ...(field.readOnly && {readOnly: true})};
    }
  }
  // Twice, because an interface's implementations may hold other interfaces that come later in the file.
  for (const [name, members] of [...Object.entries(unions), ...Object.entries(unions)]) {
    objects[name] = union(members, objects);
  }
  const described = /Generated from API versions? ([\w, -]+)/.exec(read(entry.client + '_client.go'))[1];
  Object.assign(objects[entry.struct].properties, {name: {type: 'string', required: true}, location: objects[entry.struct].properties.location ?? {type: 'string'}});
  return {source: module, described, scopes: '', root: entry.struct, objects};
}

function structs(text) {
  const found = {};
  for (const [, name, body] of text.matchAll(/^type (\w+) struct \{\n([\s\S]*?)^\}/gm)) {
    found[name] = [];
    let comment = '';
    for (const line of body.split('\n')) {
      const trimmed = line.trim();
      if (trimmed.startsWith('//')) { comment += trimmed; continue; }
      const field = /^(\w+)\s+(\S+)/.exec(trimmed);
      if (field) found[name].push({name: field[1], type: field[2], required: comment.includes('REQUIRED'), readOnly: comment.includes('READ-ONLY')});
      comment = '';
    }
  }
  return found;
}

function jsonNames(text) {
  const found = {};
  for (const [, name, body] of text.matchAll(/^func \(\w+ (\w+)\) MarshalJSON\(\)[^\n]*\n([\s\S]*?)^\}/gm)) {
    found[name] = {};
    for (const [, json, field] of body.matchAll(/populate\w*(?:\[[^\]]*\])?\(objectMap, "([^"]+)", \w+\.(\w+)\)/g)) found[name][field] = json;
    for (const [, json, field] of body.matchAll(/objectMap\["([^"]+)"\] = (?:\w+\.)?(\w+)/g)) found[name][field === 'nil' ? json : field] = json;
    for (const [, json] of body.matchAll(/objectMap\["([^"]+)"\] = \w+Type\w+/g)) found[name][json === 'odata.type' ? 'ODataType' : 'CriterionType'] ??= json;
  }
  return found;
}

function enumValues(text) {
  const found = {};
  for (const [, name, value] of text.matchAll(/^\t\w+\s+(\w+)\s+= "([^"]*)"/gm)) (found[name] ??= []).push(value);
  delete found.string; // the list of API versions, no enumeration
  return found;
}

function interfaces(text) {
  const found = {};
  for (const [, name, body] of text.matchAll(/^\/\/ (\w+Classification) provides[^\n]*\n((?:\/\/[^\n]*\n)*)type/gm)) {
    found[name] = [...body.matchAll(/\*(\w+)/g)].map(m => m[1]);
  }
  return found;
}

// goType writes a Go field type the way the Bicep type data does. SDK enumerations are open: Azure adds values.
function goType(type, enums, objects) {
  const bare = type.replace(/^\*/, '');
  if (bare.startsWith('[]')) return goType(bare.slice(2), enums, objects) + '[]';
  if (bare.startsWith('map[string]')) {
    const value = goType(bare.slice(11), enums, objects);
    const name = 'map of ' + value;
    objects[name] = {properties: {}, additional: value};
    return name;
  }
  if (enums[bare]) return [...enums[bare], 'string'].join(' | ');
  return {string: 'string', bool: 'bool', int32: 'int', int64: 'int', float64: 'int', float32: 'int', 'time.Time': 'string', any: 'any'}[bare] ?? bare;
}

// union is an object with the properties of all members, none of them required. Where two members give one property
// different object types, its type is their union again.
function union(members, objects) {
  const properties = {};
  for (const member of members) for (const [name, {type}] of Object.entries(objects[member]?.properties ?? {})) {
    const before = properties[name]?.type ?? type;
    properties[name] = {type: before === type ? type : joined(before, type, objects)};
  }
  return {properties};
}

function joined(a, b, objects) {
  const bare = t => t.replace(/(\[\])+$/, '');
  if (!objects[bare(a)] || !objects[bare(b)]) return 'any';
  const name = bare(a) + ' or ' + bare(b);
  objects[name] = union([bare(a), bare(b)], objects);
  return name + a.slice(bare(a).length);
}

// reachable keeps only the objects that the resource can contain.
function reachable({root, objects}) {
  const kept = {};
  const visit = name => {
    if (kept[name] || !objects[name]) return;
    kept[name] = objects[name];
    for (const p of Object.values(objects[name].properties)) visit(p.type.replace(/(\[\])+$/, ''));
    if (objects[name].additional) visit(objects[name].additional.replace(/(\[\])+$/, ''));
  };
  visit(root);
  return Object.fromEntries(Object.keys(kept).sort().map(k => [k, kept[k]]));
}
