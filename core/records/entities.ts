// All entities of ours, in one explicit list. They point one way and import nothing of each other.

import { AccountGate } from './account-gate.entity.ts'
import { Attempt } from './attempt.entity.ts'
import { AttemptObject } from './attempt-object.entity.ts'
import { AuditEntry } from './audit-entry.entity.ts'
import { BatchRequest } from './batch-request.entity.ts'
import { Compatibility } from './compatibility.entity.ts'
import { Connection } from './connection.entity.ts'
import { DataKey } from './data-key.entity.ts'
import { EnvironmentVariable } from './environment-variable.entity.ts'
import { ExternalObject } from './external-object.entity.ts'
import { Impact } from './impact.entity.ts'
import { ImpactObject } from './impact-object.entity.ts'
import { InboundRecord } from './inbound-record.entity.ts'
import { Lease } from './lease.entity.ts'
import { MappingDraft } from './mapping-draft.entity.ts'
import { MappingTest } from './mapping-test.entity.ts'
import { MappingVersion } from './mapping-version.entity.ts'
import { OAuthFlow } from './oauth-flow.entity.ts'
import { PluginActivation } from './plugin-activation.entity.ts'
import { ProviderDefinition } from './provider-definition.entity.ts'
import { RunEntry } from './run-entry.entity.ts'
import { SignInAttempt } from './sign-in-attempt.entity.ts'
import { SourceChange } from './source-change.entity.ts'
import { SyncJob } from './sync-job.entity.ts'
import { SyncLink } from './sync-link.entity.ts'
import { SyncRun } from './sync-run.entity.ts'
import { UserAccount } from './user-account.entity.ts'
import { WebSession } from './web-session.entity.ts'

export const entities = [
  Connection,
  AccountGate,
  ProviderDefinition,
  EnvironmentVariable,
  DataKey,
  OAuthFlow,
  MappingVersion,
  MappingDraft,
  MappingTest,
  PluginActivation,
  SyncJob,
  Lease,
  ExternalObject,
  SyncLink,
  Attempt,
  AttemptObject,
  SyncRun,
  RunEntry,
  Impact,
  ImpactObject,
  BatchRequest,
  SourceChange,
  InboundRecord,
  AuditEntry,
  UserAccount,
  WebSession,
  SignInAttempt,
  Compatibility,
]
