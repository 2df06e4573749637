/** Contenders of a run that names none: the product, the peer it is to be compared with, the peer that promises least, and the ceiling. */
export const usualContenders = ['triflow', 'peer-rocksdb-eos-1', 'peer-rocksdb-eos-2', 'peer-memory-alo-2', 'ceiling']
