#!/usr/bin/env python3
"""Holds the core's MPC solver against independent ones, on the problems in files that `irhx-trial qp` wrote.

    qp-peers.py [--time] [--every N] [--write DOCUMENT] FILE...

Every problem is solved again by PIQP to 1e-9 (Clarabel where PIQP gives up), and our first input, all inputs and the
objective are compared. With --time, HPIPM, DAQP, PIQP and OSQP also solve every problem the way a controller would use
them (set up once, new data each step, warm-started where they can), and their processor time stands beside ours.
Exits with 1 where one of our answers differs from the reference, or failed.

What a peer's time holds: HPIPM the solve alone, without writing its data; DAQP condensing in numpy (one thread), set-up
and solve; PIQP and OSQP the update of all numbers, factorisation and solve, without assembling them.
"""
import argparse
import ctypes
import importlib.metadata
import os
import sys
import time

for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
    os.environ[name] = "1"
import clarabel  # noqa: E402
import daqp  # noqa: E402
import numpy as np  # noqa: E402
import osqp  # noqa: E402
import piqp  # noqa: E402
import scipy.sparse as sp  # noqa: E402

FIRST_INPUT_TOLERANCE = 1e-4
STATUS = {0: "failed", 1: "converged", 2: "by the fallback"}


class Problem:
    """One record of a file; the shapes are those of MPCWorkspace."""

    def __init__(self, take):
        nx, nu, n = (int(take(1)[0]) for _ in range(3))
        self.nx, self.nu, self.n = nx, nu, n
        self.A, self.B = take(nx * nx).reshape(nx, nx), take(nx * nu).reshape(nx, nu)
        self.c, self.gx = take(n * nx).reshape(n, nx), take(n * nx).reshape(n, nx)
        self.gu = take(n * nu).reshape(n, nu)
        self.x0, self.q, self.q_end, self.z, self.x_min, self.x_max = (take(nx) for _ in range(6))
        self.before, self.h, self.r, self.u_min, self.u_max, self.ramp = (take(nu) for _ in range(6))
        status, self.newton, self.interior, self.cpu_us, self.objective = take(5)
        self.status = STATUS[int(status)]
        self.u = take(n * nu).reshape(n, nu)
        # The box opens towards an input that lies outside it, as far as the ramp needs.
        reach = np.arange(1, n + 1)[:, None] * self.ramp
        self.low = np.minimum(self.u_min, self.before + reach)
        self.high = np.maximum(self.u_max, self.before - reach)

    def states(self, u):
        x, out = self.x0, []
        for k in range(self.n):
            x = self.A @ x + self.B @ u[k] + self.c[k]
            out.append(x)
        return np.array(out)

    def cost(self, u):
        x = self.states(u)
        moves = np.diff(np.vstack([self.before, u]), axis=0)
        weights = np.vstack([np.tile(self.q, (self.n - 1, 1)), self.q_end])
        over = np.maximum(np.maximum(x - self.x_max, self.x_min - x), 0)
        return (0.5 * (u**2 @ self.h).sum() + (self.gu * u).sum() + 0.5 * (moves**2 @ self.r).sum()
                + 0.5 * (weights * x**2).sum() + (self.gx * x).sum() + 0.5 * (over**2 @ self.z).sum())


def read(path):
    numbers = np.fromfile(path, dtype="<f8")
    at = 2

    def take(count):
        nonlocal at
        at += count
        return numbers[at - count:at]

    assert numbers[0] == 1, "unknown format"
    return [Problem(take) for _ in range(int(numbers[1]))]


class Sparse:
    """The problem over v = (u, x, s) stage by stage: min ½ vᵀPv + qᵀv, Ev = e, lo ≤ Gv ≤ hi, v_lo ≤ v ≤ v_hi."""

    def __init__(self, p):
        n, nx, nu = p.n, p.nx, p.nu
        self.soft = np.flatnonzero((p.z > 0) & (np.isfinite(p.x_max) | np.isfinite(p.x_min)))
        ns = len(self.soft)
        iu, ix, isl = 0, n * nu, n * (nu + nx)
        size = isl + n * ns
        main = np.tile(p.h + 2 * p.r, n)
        main[-nu:] -= p.r
        weights = np.concatenate([np.tile(p.q, n - 1), p.q_end])
        diagonal = np.concatenate([main, weights, np.tile(p.z[self.soft], n)])
        rows = np.arange((n - 1) * nu)
        upper = sp.csc_matrix((np.tile(-p.r, n - 1), (rows, rows + nu)), shape=(size, size))
        self.P = (sp.diags(diagonal) + upper + upper.T).tocsc()
        self.q = np.concatenate([p.gu.ravel(), p.gx.ravel(), np.zeros(n * ns)])
        self.q[:nu] -= p.r * p.before
        eye = sp.identity(n)
        down = sp.diags([np.ones(n - 1)], [-1], shape=(n, n))
        # Explicit zeros keep one pattern over a sequence.
        a = sp.csc_matrix((np.where(p.A == 0, 1e-300, p.A)))
        self.E = sp.hstack([sp.kron(eye, p.B), sp.kron(down, a) - sp.kron(eye, sp.identity(nx)),
                            sp.csc_matrix((n * nx, n * ns))]).tocsc()
        self.e = -p.c.ravel().copy()
        self.e[:nx] -= p.A @ p.x0
        move = sp.kron(eye - down, sp.identity(nu))
        pick = sp.csc_matrix((np.ones(ns), (np.arange(ns), self.soft)), shape=(ns, nx))
        moves = sp.hstack([move, sp.csc_matrix((n * nu, size - n * nu))])
        over = sp.hstack([sp.csc_matrix((n * ns, ix)), sp.kron(eye, pick), -sp.identity(n * ns)])
        under = sp.hstack([sp.csc_matrix((n * ns, ix)), sp.kron(eye, pick), sp.identity(n * ns)])
        self.G = sp.vstack([moves, over, under]).tocsr()
        lo, hi = np.tile(-p.ramp, n), np.tile(p.ramp, n)
        lo[:nu] += p.before
        hi[:nu] += p.before
        free = np.full(n * ns, np.inf)
        self.lo = np.concatenate([lo, -free, np.tile(p.x_min[self.soft], n)])
        self.hi = np.concatenate([hi, np.tile(p.x_max[self.soft], n), free])
        self.v_lo = np.concatenate([p.low.ravel(), np.full(n * nx, -np.inf), np.zeros(n * ns)])
        self.v_hi = np.concatenate([p.high.ravel(), np.full(n * nx, np.inf), free])
        bounded = np.isfinite(self.lo) | np.isfinite(self.hi)
        self.G, self.lo, self.hi = self.G[bounded].tocsc(), self.lo[bounded], self.hi[bounded]
        stage = np.concatenate([np.repeat(np.arange(n), each) for each in (nu, nx, ns)])
        order = np.argsort(stage, kind="stable")
        self.P, self.E, self.G = self.P[order][:, order].tocsc(), self.E[:, order], self.G[:, order]
        self.q, self.v_lo, self.v_hi = self.q[order], self.v_lo[order], self.v_hi[order]
        self.inputs = np.argsort(order)[:n * nu]


def timed(call):
    start = time.thread_time_ns()
    out = call()
    return out, (time.thread_time_ns() - start) / 1e3


class Piqp:
    """Sequence of problems with one pattern."""

    def __init__(self, tolerance, backend=piqp.KKTSolver.sparse_ldlt):
        self.tolerance, self.backend, self.solver = tolerance, backend, None

    def solve(self, p, s):
        if self.solver is None:
            self.solver = piqp.SparseSolver()
            self.solver.settings.kkt_solver = self.backend
            self.solver.settings.eps_abs = self.tolerance
            self.solver.settings.eps_rel = 0 if self.tolerance < 1e-8 else self.tolerance
            self.solver.settings.eps_duality_gap_abs = self.tolerance
            self.solver.settings.eps_duality_gap_rel = self.tolerance
            self.solver.setup(s.P, s.q, s.E, s.e, s.G, s.lo, s.hi, s.v_lo, s.v_hi)
            _, us = timed(self.solver.solve)
        else:
            def step():
                self.solver.update(s.P, s.q, s.E, s.e, s.G, s.lo, s.hi, s.v_lo, s.v_hi)
                self.solver.solve()
            _, us = timed(step)
        if self.solver.result.info.status != piqp.PIQP_SOLVED:
            return None, us
        return self.solver.result.x[s.inputs].reshape(p.n, p.nu), us


class Osqp:
    def __init__(self, tolerance):
        self.tolerance, self.solver = tolerance, None

    def solve(self, p, s):
        whole = sp.vstack([s.E, s.G, sp.identity(s.P.shape[0])]).tocsc()
        lo, hi = np.concatenate([s.e, s.lo, s.v_lo]), np.concatenate([s.e, s.hi, s.v_hi])
        upper = sp.triu(s.P).tocsc()
        if self.solver is None:
            self.solver = osqp.OSQP()
            self.solver.setup(upper, s.q, whole, lo, hi, eps_abs=self.tolerance, eps_rel=self.tolerance, verbose=False,
                              max_iter=20000, warm_starting=True)
            out, us = timed(self.solver.solve)
        else:
            def step():
                self.solver.update(q=s.q, l=lo, u=hi, Px=upper.data, Ax=whole.data)
                return self.solver.solve()
            out, us = timed(step)
        if out.info.status != "solved":
            return None, us
        return out.x[s.inputs].reshape(p.n, p.nu), us


def solve_clarabel(p, s):
    bounded = [(sp.identity(s.P.shape[0]).tocsc(), s.v_lo, s.v_hi), (s.G, s.lo, s.hi)]
    rows, limits = [], []
    for matrix, lo, hi in bounded:
        up, down = np.isfinite(hi), np.isfinite(lo)
        rows += [matrix.tocsr()[up], -matrix.tocsr()[down]]
        limits += [hi[up], -lo[down]]
    inequalities = sum(len(each) for each in limits)
    settings = clarabel.DefaultSettings()
    settings.verbose = False
    settings.tol_gap_abs = settings.tol_gap_rel = settings.tol_feas = 1e-10
    solver = clarabel.DefaultSolver(sp.triu(s.P).tocsc(), s.q, sp.vstack([s.E] + rows).tocsc(),
                                    np.concatenate([s.e] + limits),
                                    [clarabel.ZeroConeT(len(s.e)), clarabel.NonnegativeConeT(inequalities)], settings)
    out = solver.solve()
    return np.array(out.x)[s.inputs].reshape(p.n, p.nu) if "Solved" in str(out.status) else None


class Daqp:
    """Condensed over u; soft rows by DAQP's own soft constraints, warm-started by the last active set."""

    def __init__(self):
        self.sense = None

    def solve(self, p, _):
        (u, sense), us = timed(lambda: self.step(p))
        self.sense = sense
        return u, us

    def step(self, p):
        n, nx, nu = p.n, p.nx, p.nu
        response = np.zeros((n, nx, n * nu))
        offset = np.zeros((n, nx))
        impulse, x = p.B, p.x0
        impulses = np.empty((n, nx, nu))
        for k in range(n):
            impulses[k] = impulse
            impulse = p.A @ impulse
            x = p.A @ x + p.c[k]
            offset[k] = x
        for k in range(n):
            response[k].reshape(nx, n, nu)[:, :k + 1] = impulses[k::-1].transpose(1, 0, 2)
        weights = np.vstack([np.tile(p.q, (n - 1, 1)), p.q_end])
        weighted = np.flatnonzero(weights.max(axis=0))
        used = response[:, weighted].reshape(-1, n * nu)
        hessian = used.T @ (weights[:, weighted].reshape(-1, 1) * used)
        index = np.arange(n * nu)
        main = np.tile(p.h + 2 * p.r, n)
        main[-nu:] -= p.r
        hessian[index, index] += main
        hessian[index[nu:], index[:-nu]] -= np.tile(p.r, n - 1)
        hessian[index[:-nu], index[nu:]] -= np.tile(p.r, n - 1)
        gradient = p.gu.ravel() + (weights * offset + p.gx).ravel() @ response.reshape(n * nx, n * nu)
        gradient[:nu] -= p.r * p.before
        soft = np.flatnonzero((p.z > 0) & (np.isfinite(p.x_max) | np.isfinite(p.x_min)))
        rows = response[:, soft].reshape(-1, n * nu)
        moves = np.zeros((n * nu - nu, n * nu))
        moves[np.arange(n * nu - nu), index[nu:]] = 1
        moves[np.arange(n * nu - nu), index[:-nu]] = -1
        low, high = p.low.copy(), p.high.copy()
        low[0], high[0] = np.maximum(low[0], p.before - p.ramp), np.minimum(high[0], p.before + p.ramp)
        ramp = np.tile(p.ramp, n - 1)
        inf = 1e30
        at = offset[:, soft]
        upper = np.concatenate([high.ravel(), ramp, np.minimum(p.x_max[soft] - at, inf).ravel()])
        lower = np.concatenate([low.ravel(), -ramp, np.maximum(p.x_min[soft] - at, -inf).ravel()])
        sense = np.zeros(len(upper), dtype=np.int32)
        sense[n * nu + len(moves):] = 8
        if self.sense is not None and len(self.sense) == len(sense):
            sense |= self.sense
        u, _, flag, info = daqp.solve(hessian, gradient, np.vstack([moves, rows]), upper, lower, sense,
                                      rho_soft=1 / max(p.z.max(), 1e-9))
        if flag <= 0:
            return None, None
        active = np.where(np.abs(info["lam"]) > 1e-9, np.where(info["lam"] > 0, 1, 3), 0).astype(np.int32)
        return u.reshape(n, nu), active


class Hpipm:
    """HPIPM as the casadi wheel has it, over du with u₋₁ as a state, so that every limit is a bound."""

    def __init__(self, warm_start):
        import casadi
        folder = os.path.dirname(casadi.__file__)
        ctypes.CDLL(os.path.join(folder, "libblasfeo.so.0"), mode=ctypes.RTLD_GLOBAL)
        self.lib = ctypes.CDLL(os.path.join(folder, "libhpipm.so"))
        self.warm_start, self.kept, self.qp = warm_start, [], None
        self.lib.d_ocp_qp_ipm_arg_set_tol_stat.argtypes = [ctypes.c_void_p, ctypes.c_void_p]

    def size(self, name, *arguments):
        call = getattr(self.lib, name)
        call.restype = ctypes.c_size_t
        return call(*arguments)

    def make(self, kind, *arguments):
        struct = ctypes.create_string_buffer(self.size(f"d_ocp_qp_{kind}strsize"))
        memory = ctypes.create_string_buffer(self.size(f"d_ocp_qp_{kind}memsize", *arguments) + 64)
        self.kept += [struct, memory]
        getattr(self.lib, f"d_ocp_qp_{kind}create")(*arguments, struct, memory)
        return struct

    @staticmethod
    def integers(values):
        return (ctypes.c_int * len(values))(*[int(v) for v in values])

    def build(self, p, soft):
        n, nx, nu, ns = p.n, p.nx, p.nu, len(soft)
        nz = nx + nu
        dim_struct = ctypes.create_string_buffer(self.size("d_ocp_qp_dim_strsize"))
        dim_memory = ctypes.create_string_buffer(self.size("d_ocp_qp_dim_memsize", n) + 64)
        self.lib.d_ocp_qp_dim_create(n, dim_struct, dim_memory)
        self.kept += [dim_struct, dim_memory]
        self.lib.d_ocp_qp_dim_set_all(
            self.integers([0] + [nz] * n), self.integers([nu] * n + [0]), self.integers([0] + [nu + ns] * n),
            self.integers([nu] * n + [0]), self.integers([0] * (n + 1)), self.integers([0] + [ns] * n), dim_struct)
        self.qp = self.make("", dim_struct)
        self.sol = self.make("sol_", dim_struct)
        self.arg = self.make("ipm_arg_", dim_struct)
        self.lib.d_ocp_qp_ipm_arg_set_default(1, self.arg)  # SPEED
        for name in ("stat", "eq", "ineq", "comp"):
            value = ctypes.c_double(1e-6)
            getattr(self.lib, f"d_ocp_qp_ipm_arg_set_tol_{name}")(ctypes.byref(value), self.arg)
        value = ctypes.c_int(100)
        self.lib.d_ocp_qp_ipm_arg_set_iter_max(ctypes.byref(value), self.arg)
        self.set_warm_start(0)
        self.ws = self.make("ipm_ws_", dim_struct, self.arg)

    def set_warm_start(self, value):
        value = ctypes.c_int(value)
        self.lib.d_ocp_qp_ipm_arg_set_warm_start(ctypes.byref(value), self.arg)

    def put(self, name, stage, array):
        array = np.ascontiguousarray(array, dtype=float)
        getattr(self.lib, f"d_ocp_qp_set_{name}")(stage, array.ctypes.data_as(ctypes.c_void_p), self.qp)

    def write(self, p, soft):
        n, nx, nu = p.n, p.nx, p.nu
        a = np.block([[p.A, p.B], [np.zeros((nu, nx)), np.eye(nu)]])
        b = np.vstack([p.B, np.eye(nu)])
        inf = 1e8
        for k in range(n):
            drift = np.concatenate([p.c[k], np.zeros(nu)])
            if k == 0:
                drift = drift + a @ np.concatenate([p.x0, p.before])
            else:
                self.put("A", k, a.T)
            self.put("B", k, b.T)
            self.put("b", k, drift)
            self.put("R", k, np.diag(p.r + 1e-12))
            self.put("r", k, np.zeros(nu))
            self.lib.d_ocp_qp_set_idxbu(k, self.integers(range(nu)), self.qp)
            self.put("lbu", k, -p.ramp)
            self.put("ubu", k, p.ramp)
            at, weight = k + 1, p.q_end if k == n - 1 else p.q
            self.put("Q", at, np.diag(np.concatenate([weight, p.h])))
            self.put("q", at, np.concatenate([p.gx[k], p.gu[k]]))
            self.lib.d_ocp_qp_set_idxbx(at, self.integers(list(range(nx, nx + nu)) + list(soft)), self.qp)
            low, high = p.x_min[soft], p.x_max[soft]
            self.put("lbx", at, np.concatenate([p.low[k], np.maximum(low, -inf)]))
            self.put("ubx", at, np.concatenate([p.high[k], np.minimum(high, inf)]))
            self.put("lbx_mask", at, np.concatenate([np.ones(nu), np.isfinite(low)]))
            self.put("ubx_mask", at, np.concatenate([np.ones(nu), np.isfinite(high)]))
            # Soft among all bounds of the stage, which come as inputs then states.
            inputs_here = nu if at < n else 0
            self.lib.d_ocp_qp_set_idxs(at, self.integers(range(inputs_here + nu, inputs_here + nu + len(soft))), self.qp)
            for name in ("Zl", "Zu"):
                self.put(name, at, p.z[soft])
            for name in ("zl", "zu", "lls", "lus"):
                self.put(name, at, np.zeros(len(soft)))

    def solve(self, p, s):
        soft = s.soft
        if self.qp is None:
            self.build(p, soft)
        self.write(p, soft)
        _, us = timed(lambda: self.lib.d_ocp_qp_ipm_solve(self.qp, self.sol, self.arg, self.ws))
        status = ctypes.c_int()
        self.lib.d_ocp_qp_ipm_get_status(self.ws, ctypes.byref(status))
        self.set_warm_start(self.warm_start if status.value == 0 else 0)
        if status.value != 0:
            return None, us
        u = np.zeros((p.n, p.nu))
        last = p.before
        for k in range(p.n):
            move = np.zeros(p.nu)
            self.lib.d_ocp_qp_sol_get_u(k, self.sol, move.ctypes.data_as(ctypes.c_void_p))
            last = last + move
            u[k] = last
        return u, us


def reference(p, s):
    u, _ = Piqp(1e-9).solve(p, s)
    return (u, "PIQP") if u is not None else (solve_clarabel(p, s), "Clarabel")


def rank(values, percent):
    return np.percentile(values, percent, method="inverted_cdf")


class Comparison:
    """One file's problems: our answers against a reference, and every solver's times."""

    def __init__(self, path, is_timed, every):
        self.name = os.path.splitext(os.path.basename(path))[0].replace("-", ", ")
        self.problems = read(path)
        self.errors, self.misses, self.gaps = [], [], []
        first, peers = self.problems[0], {}
        if is_timed:
            peers = {"HPIPM warm": Hpipm(2), "PIQP 1e-6": Piqp(1e-6, piqp.KKTSolver.sparse_multistage),
                     "OSQP 1e-4": Osqp(1e-4)}
            if first.n * first.nu <= 500:
                peers["DAQP condensed"] = Daqp()
        self.times, self.peer_errors, self.unsolved = ({name: [] for name in peers} for _ in range(3))
        for index, p in enumerate(self.problems):
            if p.status == "failed":
                self.misses.append(f"{index} failed")
            if p.status == "failed" or (index % every and not peers):
                continue
            s = Sparse(p)
            best = self.check(index, p, s) if index % every == 0 else None
            for name, peer in peers.items():
                u, us = peer.solve(p, s)
                self.times[name].append(us)
                if u is None:
                    self.unsolved[name].append(index)
                elif best is not None:
                    self.peer_errors[name].append(np.abs(u[0] - best[0]).max())
        self.ours = [p.cpu_us for p in self.problems]

    def check(self, index, p, s):
        best, by = reference(p, s)
        if best is None:
            self.misses.append(f"{index}: no reference solves it")
            return None
        gap = (p.cost(p.u) - p.cost(best)) / max(1, abs(p.cost(best)))
        error = np.abs(p.u[0] - best[0]).max()
        if error > FIRST_INPUT_TOLERANCE and by == "PIQP":
            other = solve_clarabel(p, s)
            error = error if other is None else min(error, np.abs(p.u[0] - other[0]).max())
        self.errors.append(error)
        self.gaps.append(gap)
        if error > FIRST_INPUT_TOLERANCE or gap > 1e-7:
            self.misses.append(f"{index}: first input off by {error:.1e}, cost by {gap:.1e} of {by}'s")
        return best

    def fastest(self, percent):
        """The peer that solves 99 of 100 and is the fastest at this rank."""
        able = [name for name in self.times if len(self.unsolved[name]) * 100 <= len(self.problems)]
        return min(able, key=lambda name: rank(self.times[name], percent)) if able else None

    def ratio(self, percent):
        return rank(self.ours, percent) / rank(self.times[self.fastest(percent)], percent)

    def summary(self):
        failed = sum(p.status == "failed" for p in self.problems)
        fallback = sum(p.status == "by the fallback" for p in self.problems)
        ours = [rank(self.ours, percent) for percent in (50, 99)]
        versus = ["–", "–"]
        if self.times:
            versus = [f"{self.ratio(percent):.2f} × {self.fastest(percent)} "
                      f"{rank(self.times[self.fastest(percent)], percent):,.0f}" for percent in (50, 99)]
        return (f"| {self.name} | {len(self.problems)} | {failed} | {fallback} | {ours[0]:,.0f} | {versus[0]} "
                f"| {ours[1]:,.0f} | {versus[1]} | {max(self.errors):.0e} |")

    def details(self):
        lines = [f"| irhx, {self.name} | {rank(self.ours, 50):,.0f} | {rank(self.ours, 99):,.0f} "
                 f"| {sum(p.status == 'failed' for p in self.problems)} | {max(self.errors):.0e} |"]
        for name, times in self.times.items():
            worst = f"{max(self.peer_errors[name]):.0e}" if self.peer_errors[name] else "–"
            lines.append(f"| {name} | {rank(times, 50):,.0f} | {rank(times, 99):,.0f} | {len(self.unsolved[name])} "
                         f"| {worst} |")
        return lines


METHOD = """Command: `make bench-qp`. Bad figures first (by the ratio of p99). Times are processor time of the solving thread in µs,
on problems of a row in closed loop that both sides read from one file; `MPCWorkspace` states the problem. Sizes are S
(8 racks, 3 inputs, 30 stages), M (8, 10, 40) and L (16, 18, 60), and the model is new in every problem. `filtered`
feeds rack power forward as the controller does; `raw` with its 6 s ripple, to strain the solver; `random` has nothing
of a row and starts cold. Targets: median ≤ 0.40 × (stretch 0.25) and p99 ≤ 1.0 × the fastest peer's, first input within
10⁻⁴, no failure, no heap request (the command fails otherwise).

- Bounds: 20 active-set and 40 interior-point iterations, each at most one factorisation of the horizon; 21 of the 40
  is the most that these problems took.
- Ours includes everything from reading the data to the checked answer. HPIPM's time is its solve alone; PIQP's and
  OSQP's hold their update of all numbers, DAQP's its condensing in numpy.
- HPIPM runs in SPEED mode to 10⁻⁶, from the last solution (from nothing it takes three times as long); PIQP by its
  multistage factorisation, the faster one here.
- HPIPM and BLASFEO are those of the casadi wheel, BLASFEO built for a generic processor. Ours is built for generic
  x86-64 (SSE2) too; a BLASFEO built for the processor would be about twice as fast as the one beaten here.
- DAQP weighs a soft limit in its own row's scale, which makes its problem a slightly different one.
- The reference is PIQP at 10⁻⁹, and Clarabel where they differ by more than 10⁻⁴.
"""


def report(comparisons, versions):
    judged = sorted(comparisons, key=lambda each: -each.ratio(99) if each.times else 1)
    lines = ["## MPC solver", "", METHOD, versions, "",
             "| problems | number | failed | by the fallback | median µs | … of the fastest peer's | p99 µs "
             "| … of the fastest peer's | largest error of the first input |", "|---|---|---|---|---|---|---|---|---|"]
    lines += [each.summary() for each in judged]
    lines += ["", "| solver | median µs | p99 µs | unsolved | largest error of the first input |", "|---|---|---|---|---|"]
    for each in judged:
        if each.times:
            lines += each.details()
    return "\n".join(lines) + "\n"


def write_section(path, section):
    with open(path, encoding="utf-8") as file:
        kept = file.read().split("\n## MPC solver")[0].rstrip("\n")
    with open(path, "w", encoding="utf-8") as file:
        file.write(kept + "\n\n" + section)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--time", action="store_true", help="also time the peers, on all files but random ones")
    parser.add_argument("--every", type=int, default=1, help="compare every so many problems with the reference")
    parser.add_argument("--write", metavar="DOCUMENT", help="write the document's section on the solver anew")
    parser.add_argument("files", nargs="+")
    arguments = parser.parse_args()
    comparisons = [Comparison(path, arguments.time and "random" not in path, arguments.every)
                   for path in arguments.files]
    names = ("casadi", "piqp", "osqp", "daqp", "clarabel")
    versions = "Versions: " + ", ".join(f"{name} {importlib.metadata.version(name)}" for name in names) + "."
    section = report(comparisons, versions)
    print(section)
    misses = [f"{each.name}: {miss}" for each in comparisons for miss in each.misses]
    for miss in misses[:20]:
        print(f"MISS {miss}")
    if arguments.write:
        write_section(arguments.write, section)
    sys.exit(1 if misses else 0)


if __name__ == "__main__":
    main()
