export { decode, encode, type Message, type MessageOf } from './protobuf.js';
export {
  ATTRIBUTE,
  ELEMENT,
  MODEL,
  type AttributeProto,
  type ElementType,
  type GraphProto,
  type ModelProto,
  type NodeProto,
  type OperatorSetProto,
  type TensorProto,
  type ValueInfoProto,
} from './messages.js';
