/** What a type of resource is to the template: how it is made, and what Ref and Fn::GetAtt give for it. */

import { z } from 'zod'
import { problemsIn } from '../problems.ts'

export interface StackIdentity {
  name: string
  /** The stack's ARN. */
  id: string
  region: string
  accountId: string
}

export interface Making {
  logicalId: string
  type: string
  /** Resolved. */
  properties: Record<string, unknown>
  stack: StackIdentity
  /** The name that CloudFormation would make up; the same at every boot. */
  generatedName: string
  /** What was made of this resource at an earlier boot. */
  previous: string | undefined
  /** The file or folder of an asset. @throws Unsupported where the template names an object that is not an asset. */
  asset(objectKey: string): string
}

export interface Made {
  /** What Ref gives. */
  ref: string
  /** What Fn::GetAtt gives. */
  attributes?: Record<string, string>
}

/** Makes a resource, or finds the one of an earlier boot again. */
export type Make = (making: Making) => Promise<Made> | Made

export interface ResourceType {
  make: Make
  /** Undoes what an earlier boot made of a resource that the template no longer has, or has otherwise. Data is kept. */
  remove?(ref: string): void
}

export type ResourceTypes = Record<string, ResourceType>

/** A part of the template that the local cloud does not have; the boot goes on without it, and names it. */
export class Unsupported extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'Unsupported'
  }
}

/** Templates write booleans and numbers as text, too. */
export const bool = z.union([z.boolean(), z.stringbool()])
export const number = z.coerce.number()
export const text = z.coerce.string()

/** @throws Error naming the property that does not fit. */
export function read<T extends z.ZodType>(schema: T, { logicalId, type, properties }: Making): z.output<T> {
  const result = schema.safeParse(properties)
  if (result.success) return result.data
  throw new Unsupported(`${type} ${logicalId}: ${problemsIn(result.error)}`)
}
