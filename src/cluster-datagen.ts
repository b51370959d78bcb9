export { generateInto as generateOnCluster } from './corpus-session'
