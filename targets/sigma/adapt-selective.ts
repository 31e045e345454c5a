/**
 * Whether conditions tell the events that a rule is after from others of their kind. What remains of a rule when a test
 * has to be left out is worth having if it still looks for something: a rule that fires on every sign-in is not.
 */
import type { Predicate, Scalar } from '../../src/ir/types.ts';
import { fieldsOf, scalarPart } from '../../src/ir/walk.ts';

/**
 * Columns that say what kind of event it is, where it comes from or how it went: tests of them select, but find nothing.
 * Names of Microsoft's tables, of the normalised schemas (ASIM), and of Windows events.
 */
const KINDS: ReadonlySet<string> = new Set(
  `EventID EventCode EventType EventSubType EventClass EventCategory EventSource EventSourceName EventLog EventLevel
  EventLevelName EventVendor EventProduct EventProductVersion EventSchema EventSeverity EventOriginalType EventResult
  EventResultDetails EventStatus Type Category CategoryValue Source SourceName SourceSystem Channel Provider ProviderName
  Level Severity SeverityLevel LogSeverity Task ActionType Action DvcAction DeviceAction DeviceVendor DeviceProduct
  ActivityType ActivityStatus ActivityStatusValue OperationStatus Status Result ResultType ResultSignature ResultStatus
  ResultDescription ResultReason Outcome EventOutcome RecordType Workload OfficeWorkload LogonType LogonTypeName Protocol
  NetworkProtocol NetworkApplicationProtocol ApplicationProtocol NetworkDirection CommunicationDirection Direction
  ResourceProvider ResourceType Facility Active IsActive LogType log_type Computer TenantId
  SubscriptionId EntityType UserType LoggedByService`
    .toLowerCase()
    .split(/\s+/),
);

/** An `and` needs one test that looks for something, an `or` one in each operand. Nothing that is denied looks for it. */
export function isSelective(where: Predicate): boolean {
  switch (where.op) {
    case 'and':
      return where.of.some(isSelective);
    case 'or':
      return where.of.length > 0 && where.of.every(isSelective);
    case 'match':
      return where.values.some((value) => value.length > 1) && looksFor(where.subject);
    case 'oneOf':
      return where.values.every(({ type }) => type !== 'bool' && type !== 'null') && looksFor(where.subject);
    case 'compare':
      return looksFor(where.left);
    case 'between':
    case 'inQuery':
    case 'ipInRange':
      return looksFor(where.subject);
    case 'constant':
    case 'not':
    case 'matchScalar':
    case 'missing':
    case 'isTrue':
    case 'opaque':
      return false;
  }
}

function looksFor(subject: Scalar): boolean {
  if (subject.op === 'anyField') return true;
  return fieldsOf(scalarPart(subject)).some(({ name, path }) => {
    const own = path.findLast((step) => typeof step === 'string') ?? name;
    // Custom tables end names in the type of the column.
    return !KINDS.has(own.toLowerCase().replace(/_[sdgbt]$/, ''));
  });
}
