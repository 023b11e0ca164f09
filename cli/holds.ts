/** Sentences about what holds downloads back, shown wherever waiting requests are shown. */
import type { Carryout, Outage, Pause } from '@carryout/client'
import { time } from '../terminal/format.ts'

export interface Holds {
  pause: Pause | null
  outage: Outage | null
}

export async function findHolds(carryout: Carryout): Promise<Holds> {
  const [pause, outage] = await Promise.all([carryout.paused(), carryout.outage()])
  return { pause, outage }
}

function because({ reason }: Pause): string {
  return reason === '' ? '' : ` (${reason})`
}

export function holdLines({ pause, outage }: Holds): string[] {
  return [
    ...(pause
      ? [`Paused since ${time(new Date(pause.at))} UTC by ${pause.by}${because(pause)}: nothing new starts.`]
      : []),
    ...(outage
      ? [
          `The database has not responded since ${time(new Date(outage.since))} UTC (${outage.reason}). Requests wait and resume automatically once it does.`,
        ]
      : []),
  ]
}
