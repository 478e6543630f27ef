"""PyTorch as a side of the benchmark: a training step of the net of a plan. The protocol is in ../README.md.

usage: python side.py eager|compile|brevitas --batch N --threads N --seed N [--layout NCHW|NHWC]
"""

import argparse
import json
import platform
import resource
import sys
import time

# answers alone go to stdout: whatever a library prints goes to stderr
answers, sys.stdout = sys.stdout, sys.stderr


def answer(**values):
    print(json.dumps(values), file=answers, flush=True)


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("mode", choices=["eager", "compile", "brevitas"])
    parser.add_argument("--batch", type=int, required=True)
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--layout", choices=["NCHW", "NHWC"], default="NHWC")
    return parser.parse_args()


def main(options):
    import torch
    from net import FloatLayers, PlanNet, multiply_adds

    versions = {"python": platform.python_version(), "torch": torch.__version__}
    layers = FloatLayers()
    if options.mode == "brevitas":
        import brevitas
        from brevitas_layers import BrevitasLayers

        versions["brevitas"] = brevitas.__version__
        layers = BrevitasLayers()

    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    plan = json.loads(sys.stdin.readline())
    layout = torch.channels_last if options.layout == "NHWC" else torch.contiguous_format
    height, width, channels = plan["inputShape"]
    x = torch.randn(options.batch, channels, height, width).to(memory_format=layout)
    y = torch.randint(0, plan["layers"][-1]["units"], (options.batch,))
    net = PlanNet(plan, layers).to(memory_format=layout)
    macs = multiply_adds(net, x)
    run = torch.compile(net) if options.mode == "compile" else net
    optimizer = torch.optim.SGD(net.parameters(), lr=0.01, momentum=0.9, nesterov=True, weight_decay=1e-4)

    def step():
        optimizer.zero_grad(set_to_none=True)
        loss = torch.nn.functional.cross_entropy(run(x), y)
        loss.backward()
        optimizer.step()
        return loss.item()

    threads = f"{options.threads} thread{'s' if options.threads > 1 else ''}"
    capability = torch.backends.cpu.get_cpu_capability()
    about = f"{options.mode}, {options.layout}, {capability}, {threads}, {macs / 1e6:.1f} M multiply-adds an image"
    answer(ready=about, versions=versions)
    for line in sys.stdin:
        match line.strip():
            case "step":
                wall, cpu = time.perf_counter(), time.process_time()
                loss = step()
                wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
                answer(ms=wall * 1000, cpuMs=cpu * 1000, loss=loss)
            case "memory":
                answer(memoryMiB=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
            case other:
                raise ValueError(f"unknown request {other!r}")


if __name__ == "__main__":
    try:
        main(arguments())
    except ModuleNotFoundError as error:
        answer(skipped=f"{error.name} is not installed: sh bench/peers/setup.sh")
    except (OSError, ValueError, RuntimeError) as error:
        answer(skipped=str(error).splitlines()[0])
