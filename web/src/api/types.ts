/**
 * What the manager says, under the names the pages use. The shapes come from `schema.d.ts`, which `npm run api` makes
 * from `docs/openapi.json`, and that comes from `shared/src/api`: nothing is written here by hand that could drift.
 */
import type { components } from './schema'

type Schemas = components['schemas']

/** A list that says whether it is whole. */
export type List<T> = Omit<Schemas['NodeList'], 'items'> & { items: T[] }

export type Missing = Schemas['Missing']
export type Problem = Schemas['Problem']

export type SetupState = Schemas['SetupState']
export type Role = Schemas['Authorization']
export type User = Schemas['User']
export type Session = Schemas['Session']
export type ApiToken = Schemas['ApiToken']
export type NewApiToken = Schemas['NewApiToken']
export type JoinToken = Schemas['JoinToken']
export type NewJoinToken = Schemas['NewJoinToken']
export type AuditEntry = Schemas['AuditEntry']

export type Overview = Schemas['Overview']
export type SystemInfo = Schemas['SystemInfo']

export type Load = Schemas['Load']
export type EngineFacts = Schemas['EngineFacts']
export type NodeFacts = Schemas['NodeFacts']
export type NodePolicy = Schemas['NodePolicy']
export type SwarmPlace = Schemas['SwarmPlace']
export type Node = Schemas['Node']
export type Finding = Schemas['Finding']
export type Image = Schemas['Image']
export type Network = Schemas['Network']
export type Volume = Schemas['Volume']

export type TaskRef = Schemas['TaskRef']
export type ContainerPort = Schemas['ContainerPort']
export type ContainerMount = Schemas['ContainerMount']
export type Container = Schemas['Container']
export type ContainerChange = Schemas['ContainerChange']

export type Service = Schemas['Service']
export type Task = Schemas['Task']

export type Feed = Schemas['Feed']
export type LiveContainer = Schemas['LiveContainer']
export type LiveFrame = Schemas['LiveFrame']
export type Series = Schemas['Series']

export type LogRow = Schemas['LogRow']
export type LogHole = Schemas['LogHole']
export type LogMessage = Schemas['LogMessage']
export type ExecControl = Schemas['ExecControl']
export type ExecStatus = Schemas['ExecStatus']
