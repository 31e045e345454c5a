/**
 * The filtering parameters of the normalising parsers (ASIM: `_Im_Dns`, `imWebSession` ...) as filters on the columns of
 * their schemas. A parser is read as one source, the events of all its sources in one shape.
 * Specification: "Filtering parser parameters" in the ASIM schema references (Microsoft Learn).
 */
import { and, compare, constant, field, inQuery, match, or, source } from '../../ir/build.ts';
import type { Predicate, Scalar, ScalarType } from '../../ir/types.ts';
import type { Argument } from '../ast.ts';
import type { CallExpression } from './call.ts';
import { columnsOfTable } from './columns.ts';
import type { Place, Table } from './context.ts';
import { readItems } from './lists.ts';
import type { Items } from './lists.ts';
import { textOfValue } from './literals.ts';
import { equalsValues } from './predicate.ts';
import { lowerScalar } from './scalar.ts';
import { hasColumnIn } from './tables.ts';
import { filterWithWindow } from './window.ts';
import { writtenExpression } from './written.ts';

/** How a parameter restricts its columns; of several columns one is enough. */
type Restriction =
  | 'from'
  | 'to'
  /** The values stand in the text as terms. */
  | 'hasAny'
  | 'hasAll'
  /** Equal to one of the values, letter case aside; `*` is any. */
  | 'isAny'
  /** An IPv4 address among the values, or below one that ends in a dot. */
  | 'ip'
  /** A text that holds such an address. */
  | 'ipInText'
  | 'number'
  | 'switch'
  | 'none';

interface Parameter {
  readonly restriction: Restriction;
  readonly columns: readonly string[];
}

/** The type of a column that no list has, where it is no text. */
const TYPES: Readonly<Partial<Record<Restriction, ScalarType>>> = { from: 'datetime', to: 'datetime', number: 'long' };

/** `parameter restriction column,column` per line; every schema has the common ones besides. */
const COMMON = `starttime from TimeGenerated
endtime to TimeGenerated
eventresult isAny EventResult
disabled switch -
pack none -`;

const SCHEMAS: Readonly<Record<string, string>> = {
  Dns: `srcipaddr ip SrcIpAddr
domain_has_any hasAny DnsQuery
responsecodename isAny DnsResponseCodeName
response_has_ipv4 ipInText DnsResponseName
response_has_any_prefix ipInText DnsResponseName
eventtype isAny EventType`,
  NetworkSession: `srcipaddr_has_any_prefix ip SrcIpAddr
dstipaddr_has_any_prefix ip DstIpAddr
ipaddr_has_any_prefix ip SrcIpAddr,DstIpAddr
dstportnumber number DstPortNumber
hostname_has_any hasAny SrcHostname,DstHostname
dvcaction isAny DvcAction`,
  WebSession: `srcipaddr_has_any_prefix ip SrcIpAddr
ipaddr_has_any_prefix ip SrcIpAddr,DstIpAddr
url_has_any hasAny Url
httpuseragent_has_any hasAny HttpUserAgent
eventresultdetails_in isAny EventResultDetails`,
  Authentication: `targetusername_has hasAny TargetUsername
targetusername_has_any hasAny TargetUsername
username_has_any hasAny TargetUsername,ActorUsername
actorusername_has_any hasAny ActorUsername
targetappname_has_any hasAny TargetAppName
targetipaddr_has_any_prefix ip TargetIpAddr
srcipaddr_has_any_prefix ip SrcIpAddr
srchostname_has_any hasAny SrcHostname
dvcipaddr_has_any_prefix ip DvcIpAddr
dvchostname_has_any hasAny DvcHostname
eventtype_in isAny EventType
eventresultdetails_in isAny EventResultDetails`,
  Process: `commandline_has_any hasAny CommandLine
commandline_has_all hasAll CommandLine
commandline_has_any_ip_prefix ipInText CommandLine
actingprocess_has_any hasAny ActingProcessName
targetprocess_has_any hasAny TargetProcessName
parentprocess_has_any hasAny ParentProcessName
targetusername_has hasAny TargetUsername
targetusername_has_any hasAny TargetUsername
actorusername_has hasAny ActorUsername
actorusername_has_any hasAny ActorUsername
dvcipaddr_has_any_prefix ip DvcIpAddr
dvchostname_has_any hasAny DvcHostname
dvcname_has_any hasAny DvcHostname
eventtype isAny EventType
hashes_has_any hasAny TargetProcessMD5,TargetProcessSHA1,TargetProcessSHA256,TargetProcessSHA512`,
  File: `eventtype_in isAny EventType
srcipaddr_has_any_prefix ip SrcIpAddr
actorusername_has_any hasAny ActorUsername
targetfilepath_has_any hasAny TargetFilePath
srcfilepath_has_any hasAny SrcFilePath
hashes_has_any hasAny TargetFileMD5,TargetFileSHA1,TargetFileSHA256,TargetFileSHA512
dvchostname_has_any hasAny DvcHostname`,
  Registry: `eventtype_in isAny EventType
actorusername_has_any hasAny ActorUsername
registrykey_has_any hasAny RegistryKey
registryvalue_has_any hasAny RegistryValue
registrydata_has_any hasAny RegistryValueData
dvchostname_has_any hasAny DvcHostname`,
  Audit: `srcipaddr_has_any_prefix ip SrcIpAddr
eventtype_in isAny EventType
actorusername_has_any hasAny ActorUsername
operation_has_any hasAny Operation
object_has_any hasAny Object
newvalue_has_any hasAny NewValue`,
  UserManagement: `srcipaddr_has_any_prefix ip SrcIpAddr
targetusername_has_any hasAny TargetUsername
actorusername_has_any hasAny ActorUsername
eventtype_in isAny EventType`,
  Dhcp: `srcipaddr_has_any_prefix ip SrcIpAddr
srchostname_has_any hasAny SrcHostname
srcusername_has_any hasAny SrcUsername`,
  Alert: `ipaddr_has_any_prefix ip DvcIpAddr
hostname_has_any hasAny DvcHostname
username_has_any hasAny Username
attacktactics_has_any hasAny AttackTactics
attacktechniques_has_any hasAny AttackTechniques
threatcategory_has_any hasAny ThreatCategory
alertverdict_has_any hasAny AlertVerdict
eventseverity_has_any hasAny EventSeverity`,
};

const NAMES =
  /^(?:_Im_|_ASim_|im|ASim|vim)_?(Dns|DNS|NetworkSession|WebSession|Authentication|Process|File|Registry|Audit|UserManagement|Dhcp|Alert)/;

/** The filtering parameters of a normalising parser; `undefined` when the name is none. */
export function parserParameters(name: string): ReadonlyMap<string, Parameter> | undefined {
  const schema = NAMES.exec(name)?.[1];
  const rows = schema === undefined ? undefined : SCHEMAS[schema === 'DNS' ? 'Dns' : schema];
  if (rows === undefined) return undefined;
  return new Map(
    `${COMMON}\n${rows}`.split('\n').map((row) => {
      const [parameter = '', restriction = 'none', columns = '-'] = row.split(' ');
      return [
        parameter,
        { restriction: restriction as Restriction, columns: columns === '-' ? [] : columns.split(',') },
      ];
    }),
  );
}

/** Parameters that every schema has in these positions; the order of the others differs. */
const POSITIONS: readonly string[] = ['starttime', 'endtime'];

/** A normalising parser with arguments: its events, filtered. */
export function lowerParser(expression: CallExpression, place: Place): Table {
  const { run } = place;
  const { args, span } = expression;
  const name = expression.name.name;
  const parameters = parserParameters(name) ?? new Map<string, Parameter>();
  const schema = run.schemaOf(name);
  const columns = columnsOfTable(name, schema);
  const inRow: Place = { ...place, row: undefined };
  const restrictions: Predicate[] = [];
  args.forEach((arg, index) => {
    const parameter = arg.name?.name ?? POSITIONS[index] ?? `#${index + 1}`;
    const meaning = parameters.get(parameter);
    if (meaning === undefined) {
      run.report(
        'unknown-parameter',
        'warning',
        arg.span,
        `\`${name}\` has no parameter \`${parameter}\` whose meaning is known.`,
      );
      restrictions.push({
        op: 'opaque',
        text: `${parameter}=${writtenExpression(arg.value)}`,
        reads: [],
        span: arg.span,
      });
      return;
    }
    restrictions.push(
      restrict(meaning, arg, inRow, (column) =>
        field(column, [], columns.known.get(column)?.type ?? TYPES[meaning.restriction] ?? 'string', arg.span),
      ),
    );
  });
  const relation = filterWithWindow(source(name, {}, span), and(restrictions, span), hasColumnIn(run));
  return { relation, columns };
}

const ANY = '*';

function restrict(meaning: Parameter, arg: Argument, place: Place, column: (name: string) => Scalar): Predicate {
  const { span } = arg;
  const subjects = meaning.columns.map(column);
  switch (meaning.restriction) {
    case 'none':
      return constant(true, span);
    case 'switch': {
      const value = lowerScalar(arg.value, place);
      const off = value.op === 'literal' && value.value.type === 'bool' && value.value.value;
      return constant(!off, span);
    }
    case 'from':
    case 'to': {
      const bound = lowerScalar(arg.value, place);
      if (bound.op === 'literal' && bound.value.type === 'null') return constant(true, span);
      return and(
        subjects.map((subject) => compare(subject, meaning.restriction === 'from' ? '>=' : '<=', bound, span)),
        span,
      );
    }
    case 'hasAny':
    case 'hasAll':
    case 'isAny':
    case 'ip':
    case 'ipInText':
    case 'number': {
      const items = readItems(arg.value, place);
      if (isUnrestricted(items)) return constant(true, span);
      if (items.queries.length > 0) {
        place.run.report(
          'empty-list',
          'info',
          span,
          'The list comes from a query: an empty one lets nothing through here, where the parser would not filter.',
        );
      }
      const one = meaning.restriction;
      return or(
        subjects.map((subject) => restrictColumn(one, subject, items, arg, place)),
        span,
      );
    }
  }
}

/** An empty list, `*` and null all say: any value. */
function isUnrestricted(items: Items): boolean {
  if (items.queries.length > 0 || items.scalars.length > 0) return false;
  return items.values.every(
    (value) => value.type === 'null' || (value.type === 'string' && (value.value === ANY || value.value === '')),
  );
}

function restrictColumn(
  restriction: 'hasAny' | 'hasAll' | 'isAny' | 'ip' | 'ipInText' | 'number',
  subject: Scalar,
  items: Items,
  arg: Argument,
  place: Place,
): Predicate {
  const { span } = arg;
  const texts = items.values.map((value) => textOfValue(value) ?? '').filter((value) => value !== '');
  const operands: Predicate[] = [];
  const inQueries = (test: 'equals' | 'term' | 'termPrefix'): void => {
    for (const query of items.queries) {
      operands.push(inQuery(subject, test, query, { quantifier: restriction === 'hasAll' ? 'all' : 'any' }, span));
    }
  };
  switch (restriction) {
    case 'hasAny':
    case 'hasAll':
      if (texts.length > 0)
        operands.push(match(subject, 'term', texts, { quantifier: restriction === 'hasAll' ? 'all' : 'any' }, span));
      inQueries('term');
      break;
    case 'isAny':
      if (texts.length > 0) operands.push(match(subject, 'equals', texts, {}, span));
      inQueries('equals');
      break;
    case 'number':
      if (items.values.length > 0) operands.push(equalsValues(subject, items.values, true, span, place));
      inQueries('equals');
      break;
    case 'ip':
    case 'ipInText': {
      const whole = texts.filter((text) => !text.endsWith('.'));
      const prefixes = texts.filter((text) => text.endsWith('.'));
      const inText = restriction === 'ipInText';
      if (whole.length > 0) operands.push(match(subject, inText ? 'term' : 'equals', whole, {}, span));
      if (prefixes.length > 0) operands.push(match(subject, inText ? 'termPrefix' : 'startsWith', prefixes, {}, span));
      inQueries(inText ? 'term' : 'equals');
      break;
    }
  }
  for (const value of items.scalars) {
    operands.push({ op: 'opaque', text: writtenExpression(arg.value), reads: [], span: value.span });
  }
  return or(operands, span);
}
