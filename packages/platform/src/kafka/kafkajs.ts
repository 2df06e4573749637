/** All that is used of the client, and the one place that names it: what another client behind the port would have to offer. */
export { AssignerProtocol, Kafka, logLevel, Partitioners, RecordBatchCodec } from 'kafkajs'
export type {
  Admin,
  Cluster,
  Consumer,
  EachBatchPayload,
  ISocketFactory,
  KafkaConfig,
  logCreator,
  Message,
  PartitionAssigner,
  Producer,
  ProducerBatch,
  RecordMetadata,
  TopicMessages,
} from 'kafkajs'
