import { elu, exp, gelu, sigmoid, softplus, tanh } from './elementary';

/** The function of a float; its number is its place in the list of the host's `unary.ts`. */
export function apply(name: i32, x: f32): f32 {
  switch (name) {
    case 0:
      return max<f32>(x, 0);
    case 1:
      return min<f32>(max<f32>(x, 0), 6);
    case 2:
      return abs<f32>(x);
    case 3:
      return x > 0 ? 1 : x < 0 ? -1 : x;
    case 4:
      return sigmoid(x);
    case 5:
      return min<f32>(max<f32>(<f32>0.2 * x + <f32>0.5, 0), 1);
    case 6:
      return tanh(x);
    case 7:
      return exp(x);
    case 8:
      return gelu(x);
    case 9:
      return elu(x);
    case 10:
      return softplus(x);
    case 11:
      return sqrt<f32>(x);
    default:
      return x;
  }
}

/** y = function(x) of `size` floats. */
export function unary(x: usize, y: usize, size: i32, name: i32): void {
  for (const end = x + ((<usize>size) << 2); x < end; x += 4, y += 4) store<f32>(y, apply(name, load<f32>(x)));
}
