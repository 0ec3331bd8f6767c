import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import ts from 'typescript';

/** A declaration in its file. */
export interface Declared {
  readonly file: string;
  readonly node: ts.Node;
}

interface Module {
  readonly source: ts.SourceFile;
  /** Local name to the file and name that it comes from; `*` for a whole module. */
  readonly imports: ReadonlyMap<string, readonly [file: string, name: string]>;
  readonly declarations: ReadonlyMap<string, ts.Node>;
}

const modules = new Map<string, Module>();

/** A source of ours, read once. */
export function moduleOf(file: string): Module {
  const known = modules.get(file);
  if (known !== undefined) return known;
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true);
  const imports = new Map<string, readonly [string, string]>();
  const declarations = new Map<string, ts.Node>();
  for (const statement of source.statements) {
    if (ts.isImportDeclaration(statement)) readImport(file, statement, imports);
    else if (ts.isExportDeclaration(statement)) readExport(file, statement, imports);
    else if (ts.isVariableStatement(statement)) {
      for (const each of statement.declarationList.declarations) {
        if (ts.isIdentifier(each.name)) declarations.set(each.name.text, each);
      }
    } else if (ts.isFunctionDeclaration(statement) || ts.isClassDeclaration(statement)) {
      if (statement.name !== undefined) declarations.set(statement.name.text, statement);
    }
  }
  const read: Module = { source, imports, declarations };
  modules.set(file, read);
  return read;
}

const ourOwn = (file: string, specifier: ts.Expression): string | null =>
  ts.isStringLiteral(specifier) && specifier.text.startsWith('.') && specifier.text.endsWith('.ts')
    ? join(dirname(file), specifier.text)
    : null;

function readImport(
  file: string,
  { importClause, moduleSpecifier }: ts.ImportDeclaration,
  imports: Map<string, readonly [string, string]>,
): void {
  const from = ourOwn(file, moduleSpecifier);
  const bindings = importClause?.namedBindings;
  if (from === null || bindings === undefined || importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword)
    return;
  if (ts.isNamespaceImport(bindings)) imports.set(bindings.name.text, [from, '*']);
  else {
    for (const { name, propertyName } of bindings.elements)
      imports.set(name.text, [from, (propertyName ?? name).text]);
  }
}

function readExport(
  file: string,
  { exportClause, moduleSpecifier }: ts.ExportDeclaration,
  imports: Map<string, readonly [string, string]>,
): void {
  const from = moduleSpecifier === undefined ? null : ourOwn(file, moduleSpecifier);
  if (from === null || exportClause === undefined || !ts.isNamedExports(exportClause)) return;
  for (const { name, propertyName } of exportClause.elements)
    imports.set(name.text, [from, (propertyName ?? name).text]);
}

/** What a name at the top of a file stands for, through the imports; null for what is not ours. */
export function declared(file: string, name: string): Declared | null {
  const { imports, declarations } = moduleOf(file);
  const own = declarations.get(name);
  if (own !== undefined) return { file, node: own };
  const [from, other] = imports.get(name) ?? [null, ''];
  return from === null || other === '*' ? null : declared(from, other);
}

/** What a name stands for where it is used: a parameter, a constant of a function around it, or something of the module. */
export function meant(file: string, identifier: ts.Identifier): Declared | null {
  const { text } = identifier;
  for (let at: ts.Node = identifier.parent; !ts.isSourceFile(at); at = at.parent) {
    const parameters = ts.isFunctionLike(at) ? at.parameters : [];
    const parameter = parameters.find(({ name }) => ts.isIdentifier(name) && name.text === text);
    if (parameter !== undefined) return { file, node: parameter };
    if (parameters.some(({ name }) => bound(name).includes(text))) return null;
    if (!ts.isBlock(at)) continue;
    for (const statement of at.statements) {
      if (ts.isFunctionDeclaration(statement) && statement.name?.text === text)
        return { file, node: statement };
      if (!ts.isVariableStatement(statement)) continue;
      for (const each of statement.declarationList.declarations) {
        if (ts.isIdentifier(each.name) && each.name.text === text) return { file, node: each };
        if (bound(each.name).includes(text)) return null;
      }
    }
  }
  return declared(file, text);
}

const bound = (name: ts.BindingName): readonly string[] =>
  ts.isIdentifier(name)
    ? [name.text]
    : name.elements.flatMap((element) => (ts.isOmittedExpression(element) ? [] : bound(element.name)));

/** Sources that run for an operation of the API as far as this process goes; workflows answer in sentences of their own. */
const FOLDERS = ['api', 'http', 'control', 'registry', 'alerting', 'market', 'contracts', 'activities'];
/** Other doors, and the list of all routes. */
const CLOSED =
  /^api\/(?:slack\/|routes\/all\.ts|openapi\.ts|web\.ts)|^registry\/backup\/|^contracts\/wording\//u;
/** What every request goes through, how people are known, and what the workflows behind the operations ask of the registry. */
const DOORS = [
  ...['api/server.ts', 'api/problem.ts', 'api/identity-of-request.ts', 'api/throttle.ts', 'api/live/live.ts'],
  ...['http/faults.ts', 'control/reported-error.ts', 'registry/translate-error.ts'],
  ...[
    'registry/identity/tokens.ts#verifyIdentity',
    'registry/identity/identify.ts',
    'registry/identity/oidc.ts',
  ],
  ...['activities/approval.ts', 'activities/swap.ts'],
];

/** Methods by their name: `registry.rollback` is whatever is called `rollback` in an object or a class of ours. */
function methodsByName(files: readonly string[]): ReadonlyMap<string, readonly Declared[]> {
  const found = new Map<string, Declared[]>();
  const visit = (file: string, node: ts.Node): void => {
    if (isMethod(node)) {
      const name = node.name.getText();
      found.set(name, [...(found.get(name) ?? []), { file, node }]);
    }
    ts.forEachChild(node, (child) => {
      visit(file, child);
    });
  };
  for (const file of files) visit(file, moduleOf(file).source);
  return found;
}

type Method = (ts.MethodDeclaration | ts.PropertyAssignment) & { readonly name: ts.PropertyName };
const isMethod = (node: ts.Node): node is Method =>
  ts.isMethodDeclaration(node) ||
  (ts.isPropertyAssignment(node) &&
    (ts.isArrowFunction(node.initializer) || ts.isFunctionExpression(node.initializer)));

/** Ids of the operations that the pages of the dashboard call. */
export function operationsOfPages(): readonly string[] {
  const called = globSync('dashboards/web/src/**/*.{ts,tsx}').flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(/\bapi\.(\w+)\(/gu)].map(([, name = '']) => name),
  );
  return [...new Set(called)].sort();
}

/** A file, or one thing in it behind `#`. */
function doorOf(door: string): Declared {
  const [file = '', name = ''] = door.split('#');
  const found = name === '' ? { file, node: moduleOf(file).source } : declared(file, name);
  if (found === null) throw new Error(`there is no ${door}`);
  return found;
}

/** The call that defines an operation. */
function routeOf(operation: string, files: readonly string[]): Declared {
  for (const file of files) {
    const found = find(moduleOf(file).source, (node) => isRoute(file, node, operation));
    if (found !== null) return { file, node: found };
  }
  throw new Error(`no route has the id ${operation}`);
}

function isRoute(file: string, node: ts.Node, operation: string): boolean {
  if (!ts.isCallExpression(node) || node.expression.getText() !== 'defineRoute') return false;
  return (
    find(node, (inner) => {
      if (!ts.isPropertyAssignment(inner) || inner.name.getText() !== 'id') return false;
      const { initializer } = inner;
      if (ts.isStringLiteral(initializer)) return initializer.text === operation;
      const constant = ts.isIdentifier(initializer) ? meant(file, initializer)?.node : undefined;
      return (
        constant !== undefined &&
        ts.isVariableDeclaration(constant) &&
        constant.initializer?.getText() === `'${operation}'`
      );
    }) !== null
  );
}

function find(node: ts.Node, wanted: (node: ts.Node) => boolean): ts.Node | null {
  if (wanted(node)) return node;
  return ts.forEachChild(node, (child) => find(child, wanted) ?? undefined) ?? null;
}

/**
 * Every piece of code that may run while an operation is answered: what the handler names, what that names, and so on. Names of
 * methods are taken for every method of that name, so that too much is found rather than too little.
 */
export function codeOf(operations: readonly string[]): readonly Declared[] {
  const files = FOLDERS.flatMap((folder) => globSync(`${folder}/**/*.ts`)).filter(
    (file) => !CLOSED.test(file),
  );
  const methods = methodsByName(files.filter((file) => !file.startsWith('api/routes/')));
  const routes = files.filter((file) => file.startsWith('api/routes/'));
  const queue: Declared[] = [
    ...operations.map((operation) => routeOf(operation, routes)),
    ...DOORS.map((door) => doorOf(door)),
  ];
  const reached = new Set<ts.Node>();
  const code: Declared[] = [];
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    if (reached.has(next.node)) continue;
    reached.add(next.node);
    code.push(next);
    const { file, node } = next;
    const visit = (inner: ts.Node): void => {
      if (ts.isTypeNode(inner) || ts.isImportDeclaration(inner) || ts.isInterfaceDeclaration(inner)) return;
      // A method is reached by its name, not by standing beside another.
      if (inner !== node && isMethod(inner) && !ts.isCallExpression(node)) return;
      if (ts.isIdentifier(inner)) follow(file, inner);
      ts.forEachChild(inner, visit);
    };
    visit(node);
  }
  return code;

  function follow(file: string, name: ts.Identifier): void {
    if (ts.isPropertyAccessExpression(name.parent) && name.parent.name === name) {
      queue.push(...(methods.get(name.text) ?? []));
      return;
    }
    const found = meant(file, name);
    if (found !== null && files.includes(found.file) && !found.file.startsWith('contracts/'))
      queue.push(found);
  }
}
