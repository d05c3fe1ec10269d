// Prints the syntax trees of Bicep files as JSON lines, for the Go checks: one line a file, in the order of the
// arguments. Only named nodes and errors are printed; punctuation and keywords stay in the text of their parent.
import {Parser, Language} from 'web-tree-sitter';
import {readFileSync} from 'node:fs';
import {fileURLToPath} from 'node:url';

await Parser.init();
const parser = new Parser();
parser.setLanguage(await Language.load(fileURLToPath(new URL('node_modules/tree-sitter-bicep/tree-sitter-bicep.wasm', import.meta.url))));

for (const path of process.argv.slice(2)) {
  let text = readFileSync(path, 'utf8');
  // The grammar knows no parameter files; an assignment in one parses like a variable.
  if (path.endsWith('.bicepparam')) text = text.replace(/^param (\w+) =/gm, 'var $1 =');
  console.log(JSON.stringify(tree(parser.parse(text).rootNode.walk())));
}

function tree(cursor) {
  const node = {
    type: cursor.nodeType, field: cursor.currentFieldName ?? '', line: cursor.startPosition.row + 1, text: cursor.nodeText,
    bad: cursor.currentNode.isError || cursor.currentNode.isMissing, children: [],
  };
  if (cursor.gotoFirstChild()) {
    do {
      if (cursor.nodeIsNamed || cursor.currentNode.isError || cursor.currentNode.isMissing) node.children.push(tree(cursor));
    } while (cursor.gotoNextSibling());
    cursor.gotoParent();
  }
  return node;
}
