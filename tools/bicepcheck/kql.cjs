// Checks Kusto queries with Microsoft's own language service: syntax, tables, columns, functions, types. Reads
// {tables: {name: {column: type}}, functions: {name: body}, queries: {name: text}} from standard input and prints one
// JSON line for each problem: {query, line, message}.
'use strict';
require('@kusto/language-service-next/bridge.min.js');
require('@kusto/language-service-next/Kusto.Language.Bridge.min.js');
const {readFileSync} = require('node:fs');

const symbols = Kusto.Language.Symbols;
const input = JSON.parse(readFileSync(0, 'utf8'));

const tables = Object.entries(input.tables).map(([name, columns]) =>
  new symbols.TableSymbol.$ctor7(name, '(' + Object.entries(columns).map(([c, t]) => `${c}:${t}`).join(', ') + ')', ''));
// The body closes on a line of its own, since a query may end with a comment.
const functions = Object.entries(input.functions).map(([name, body]) => new symbols.FunctionSymbol.$ctor16(name, '()', `{\n${body}\n}`, ''));
const database = new symbols.DatabaseSymbol.ctor('workspace', [...tables, ...functions]);
const globals = Kusto.Language.GlobalState.Default.WithDatabase(database);

for (const [query, text] of Object.entries({...input.functions, ...input.queries})) {
  const found = Kusto.Language.KustoCode.ParseAndAnalyze(text, globals).GetDiagnostics();
  for (let i = 0; i < found.Count; i++) {
    const d = found.getItem(i);
    if (d.Severity === 'Suggestion') continue;
    console.log(JSON.stringify({query, line: text.slice(0, d.Start).split('\n').length, message: d.Message}));
  }
}
