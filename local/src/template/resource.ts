/** The implementation of a resource type: how it is created, and what Ref and Fn::GetAtt return. */

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
  /** With intrinsic functions resolved. */
  properties: Record<string, unknown>
  stack: StackIdentity
  /** A name in place of CloudFormation's generated one; the same at every boot. */
  generatedName: string
  /** The Ref of this resource from an earlier boot. */
  previous: string | undefined
  /**
   * Returns the file or folder of an asset. @throws Unsupported if the template names an object that is not an asset
   */
  asset(objectKey: string): string
}

export interface Made {
  /** The value of Ref. */
  ref: string
  /** The values of Fn::GetAtt. */
  attributes?: Record<string, string>
}

/** Creates a resource, or finds the one of an earlier boot. */
export type Make = (making: Making) => Promise<Made> | Made

export interface ResourceType {
  make: Make
  /**
   * Removes what an earlier boot created for a resource that was removed from the template or changed. Data is kept.
   */
  remove?(ref: string): void
}

export type ResourceTypes = Record<string, ResourceType>

/** An unsupported part of the template; the boot continues without it and reports it. */
export class Unsupported extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'Unsupported'
  }
}

/** Templates may write booleans and numbers as text. */
export const bool = z.union([z.boolean(), z.stringbool()])
export const number = z.coerce.number()
export const text = z.coerce.string()

/** @throws Error naming the invalid property */
export function read<T extends z.ZodType>(schema: T, { logicalId, type, properties }: Making): z.output<T> {
  const result = schema.safeParse(properties)
  if (result.success) return result.data
  throw new Unsupported(`${type} ${logicalId}: ${problemsIn(result.error)}`)
}
