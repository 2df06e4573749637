// What others may use of the development engines.
export { Explained } from './explained.js'
export { abortSetup, enginesPrepared, prepareEngines, prepareProgram } from './java.js'
export { startKafka } from './kafka.js'
export { startMongo } from './mongo.js'
export { accepts, arePortsFree, claimPorts, isPortFree, nextFreePort } from './ports.js'
export { bornAt, isAlive, livingProcess, spawnSupervised, stopSupervised, waitUntil, writeWhole } from './supervised.js'
