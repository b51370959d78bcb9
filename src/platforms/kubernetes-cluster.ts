import { randomUUID } from 'node:crypto'
import type { ResolvedConfig } from '../config/schema'
import { connect } from '../kubernetes/connect'
import type { KubeApi } from '../kubernetes/kube-api'
import type { LeaseHolder } from '../kubernetes/run-claim'
import { currentProcess, isProvenDead, type ProcessIdentity } from '../shared/process-identity'

/** The cluster's API, as a config names it. */
export const openCluster = ({ platform: { kubernetes } }: ResolvedConfig): Promise<KubeApi> =>
  connect(kubernetes)

/** One session of this process, as other lakebenches tell whether it still lives. */
export function leaseHolder(): LeaseHolder {
  return {
    identity: JSON.stringify({ ...currentProcess(), session: randomUUID() }),
    isGone: identity => {
      try {
        return isProvenDead(JSON.parse(identity) as ProcessIdentity)
      } catch {
        return false
      }
    },
  }
}
