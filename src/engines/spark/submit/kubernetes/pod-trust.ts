import { PASSWORD } from '../trust-store'

/**
 * How pods come to trust authorities beside those of their image's Java: a container that runs first, of the same image, copies
 * Java's trust store and adds what lies in the run's ConfigMap.
 */

const AUTHORITIES = 'lakebench-authorities'
const AUTHORITIES_FOLDER = '/etc/lakebench/authorities'
const TRUST = 'lakebench-trust'
const TRUST_FOLDER = '/var/lakebench/trust'
const STORE = `${TRUST_FOLDER}/store`

const IMPORT = `set -e
home=\${JAVA_HOME:-$(dirname "$(dirname "$(readlink -f "$(command -v java)")")")}
if [ -f "$home/lib/security/cacerts" ]; then cp -L "$home/lib/security/cacerts" ${STORE}; chmod u+w ${STORE}; fi
for file in ${AUTHORITIES_FOLDER}/*.pem; do
  "$home/bin/keytool" -importcert -noprompt -keystore ${STORE} -storepass ${PASSWORD} -alias "lakebench-$(basename "$file" .pem)" -file "$file"
done`

export interface PodTrust {
  readonly volumes: readonly object[]
  readonly initContainers: readonly object[]
  readonly volumeMounts: readonly object[]
}

/** The parts that are added to a pod; `authorities` is the ConfigMap. */
export function podTrust(authorities: string, image: string, securityContext: object): PodTrust {
  const trust = { name: TRUST, mountPath: TRUST_FOLDER }
  return {
    volumes: [
      { name: AUTHORITIES, configMap: { name: authorities } },
      { name: TRUST, emptyDir: {} },
    ],
    initContainers: [
      {
        name: 'trust',
        image,
        imagePullPolicy: 'IfNotPresent',
        command: ['sh', '-c', IMPORT],
        securityContext,
        // A quota of the namespace may ask that every container says what it takes.
        resources: { requests: { cpu: '100m', memory: '256Mi' }, limits: { memory: '256Mi' } },
        volumeMounts: [{ name: AUTHORITIES, mountPath: AUTHORITIES_FOLDER, readOnly: true }, trust],
      },
    ],
    volumeMounts: [{ ...trust, readOnly: true }],
  }
}

const OPTIONS = `-Djavax.net.ssl.trustStore=${STORE} -Djavax.net.ssl.trustStorePassword=${PASSWORD}`

/** Properties that make drivers and executors use that store, added to what the user's have. */
export function trustConf(conf: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    ['spark.driver.extraJavaOptions', 'spark.executor.extraJavaOptions'].map(key => [
      key,
      [OPTIONS, conf[key]].filter(Boolean).join(' '),
    ]),
  )
}
