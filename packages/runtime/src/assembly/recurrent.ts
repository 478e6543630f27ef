// A step of a recurrent layer. p is the projected input, q the projected state, of gates · units floats.
import { apply } from './unary';

/** h ← φ(p + q). */
export function simpleStep(p: usize, q: usize, h: usize, units: i32, activation: i32): void {
  for (const end = h + ((<usize>units) << 2); h < end; h += 4, p += 4, q += 4) {
    store<f32>(h, apply(activation, load<f32>(p) + load<f32>(q)));
  }
}

/** [i, f, o] = σ(p + q), g = φ(p_c + q_c), c ← f · c + i · g, h ← o · φ(c); the gates in the order i f c o. */
export function lstmStep(p: usize, q: usize, h: usize, c: usize, units: i32, activation: i32, gate: i32): void {
  const bytes = (<usize>units) << 2;
  for (let u: usize = 0; u < bytes; u += 4) {
    const i = apply(gate, load<f32>(p + u) + load<f32>(q + u)),
      f = apply(gate, load<f32>(p + bytes + u) + load<f32>(q + bytes + u)),
      g = apply(activation, load<f32>(p + bytes * 2 + u) + load<f32>(q + bytes * 2 + u)),
      o = apply(gate, load<f32>(p + bytes * 3 + u) + load<f32>(q + bytes * 3 + u));
    const cell: f32 = f * load<f32>(c + u) + i * g;
    store<f32>(c + u, cell);
    store<f32>(h + u, o * apply(activation, cell));
  }
}

/** r = σ(p_r + q_r); what the candidate's product reads: r · h. The gates in the order z r h. */
export function gruReset(p: usize, q: usize, h: usize, reset: usize, units: i32, gate: i32): void {
  const bytes = (<usize>units) << 2;
  for (let u: usize = 0; u < bytes; u += 4) {
    const r = apply(gate, load<f32>(p + bytes + u) + load<f32>(q + bytes + u));
    store<f32>(reset + u, r * load<f32>(h + u));
  }
}

/** z = σ(p_z + q_z), g = φ(p_h + candidate_h), h ← z · h + (1 − z) · g. */
export function gruStep(p: usize, q: usize, candidate: usize, h: usize, units: i32, activation: i32, gate: i32): void {
  const bytes = (<usize>units) << 2;
  for (let u: usize = 0; u < bytes; u += 4) {
    const z = apply(gate, load<f32>(p + u) + load<f32>(q + u)),
      g = apply(activation, load<f32>(p + bytes * 2 + u) + load<f32>(candidate + bytes * 2 + u));
    store<f32>(h + u, z * load<f32>(h + u) + (<f32>1 - z) * g);
  }
}
