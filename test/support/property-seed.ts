import fc from 'fast-check'

// One seed for every property test, so that a check that passed passes again. `FC_SEED=$RANDOM npm test` looks elsewhere;
// a failure prints its own seed and path.
fc.configureGlobal({ seed: Number(process.env.FC_SEED ?? 20_261_124) })
