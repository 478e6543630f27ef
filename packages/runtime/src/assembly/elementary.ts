// The elementary functions of @lowbit/graph, operation by operation: see its `elementary.ts`, whose constants these are.

const LOG2_E: f32 = 1.4426950408889634;
/** Adding and subtracting it rounds to the nearest whole number, half to even. */
const ROUNDING: f32 = 12582912;
/** log 2 in two parts, the first of so few bits that whole numbers times it are exact. */
const LOG_2: f32 = 0.693359375;
const LOG_2_REST: f32 = -2.1219444e-4;

function powerOfTwo(n: i32): f32 {
  return reinterpret<f32>((n + 127) << 23);
}

/** The whole number n of x = n · log 2 + r. */
function whole(x: f32): f32 {
  return x * LOG2_E + ROUNDING - ROUNDING;
}

/** eʳ − 1 of the rest of x. */
function power(x: f32, n: f32): f32 {
  const r: f32 = x - n * LOG_2 - n * LOG_2_REST;
  let sum: f32 = 0.0013882507337257266;
  sum = sum * r + <f32>0.008366595953702927;
  sum = sum * r + <f32>0.04166720062494278;
  sum = sum * r + <f32>0.1666654348373413;
  sum = sum * r + <f32>0.5;
  return r + r * r * sum;
}

export function exp(x: f32): f32 {
  const limited = min<f32>(max<f32>(x, -104), 89),
    n = whole(limited);
  const exponent = <i32>n,
    half = exponent >> 1;
  return (<f32>1 + power(limited, n)) * powerOfTwo(half) * powerOfTwo(exponent - half);
}

function expMinusOne(x: f32): f32 {
  const n = whole(x),
    scale = powerOfTwo(<i32>n);
  return scale * power(x, n) + (scale - <f32>1);
}

export function sigmoid(x: f32): f32 {
  return <f32>1 / (<f32>1 + exp(-x));
}

export function tanh(x: f32): f32 {
  const t = expMinusOne(<f32>2 * min<f32>(abs<f32>(x), 9.25));
  return copysign<f32>(t / (t + <f32>2), x);
}

export function elu(x: f32): f32 {
  return max<f32>(x, 0) + expMinusOne(max<f32>(min<f32>(x, 0), -20));
}

export function softplus(x: f32): f32 {
  return max<f32>(x, 0) + logOnePlus(exp(-abs<f32>(x)));
}

function logOnePlus(x: f32): f32 {
  const s: f32 = x / (x + <f32>2),
    square = s * s;
  let sum: f32 = 0.14012229442596436;
  sum = sum * square + <f32>0.13999570906162262;
  sum = sum * square + <f32>0.20010849833488464;
  sum = sum * square + <f32>0.3333320617675781;
  return <f32>2 * (s + s * square * sum);
}

export function gelu(x: f32): f32 {
  const a = min<f32>(abs<f32>(x), 15);
  const t: f32 = <f32>1 / (<f32>1 + <f32>0.24 * a);
  let sum: f32 = -0.053238607943058014;
  sum = sum * t + <f32>0.15319116413593292;
  sum = sum * t + <f32>-0.06523509323596954;
  sum = sum * t + <f32>0.11683705449104309;
  sum = sum * t + <f32>0.06484254449605942;
  sum = sum * t + <f32>0.09220358729362488;
  sum = sum * t + <f32>0.09565632790327072;
  sum = sum * t + <f32>0.09574292600154877;
  const density = exp(<f32>-0.5 * a * a);
  const tail = density * (t * sum);
  return max<f32>(x, 0) - a * tail;
}
