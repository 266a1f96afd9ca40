"""Explicit Runge–Kutta methods of order 4 for real, negative stiffness: their coefficients.

A member with s stages takes s − 4 Euler steps, one after the other, then four stages that make the
whole of order 4. Its stability polynomial R has R(z) = e^z + O(z⁵) and |R(z)| ≤ 0.501 on
[−reach, −1.05], which `reach` is the longest interval for: 0.2 to 0.3 s². (ROCK4 is built the same
way, with a three-term recurrence in place of Euler steps, which for such s is not needed.)

They were computed in three parts. R is the solution of a linear programme, minimise max |R| over
the interval in the Chebyshev basis with five coefficients fixed, and `reach` a bisection on top.
R has four complex roots; each real one, z_j, is an Euler step of length −1/z_j, ordered so that
partial products stay small. The four stages then solve the eight conditions of order 4, by least
squares from several guesses, the one with the least error of order 5 kept; R of the whole is then
the R of the first part. The weights `error` are those of k₁, …, k₄ and k₅ = f at the end which
vanish for all conditions up to order 3, scaled so that its conditions of order 4 have unit norm.

Numbers are in units of the step. Source: abdulle2002 and medovikov1998 for the construction;
verwer1996 for such methods as a class.
"""

from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int


class Member(NamedTuple):
    """One method of the family, of s stages.

    Attributes:
        reach: Length of the real interval of stability.
        euler: Lengths of the s − 4 Euler steps, in order.
        finisher: a₂₁; a₃₁, a₃₂; a₄₁, a₄₂, a₄₃; b₁, …, b₄ of the four stages after them.
        error: Weights of the four stages and of f at the end.
    """

    reach: float
    euler: tuple[float, ...]
    finisher: tuple[float, ...]
    error: tuple[float, ...]


# fmt: off
MEMBERS = (
    Member(
        reach=5.266869147308171,
        euler=(
            0.2008247299849611,
        ),
        finisher=(
            -0.11888438911386617, 1.2834639621561073, -0.8896181762605279, -0.17492713750679417,
            0.17429978249408307, 0.6566437233054376, 0.6420138939483419, -0.3802747525426864,
            0.22225905824290995, 0.31517707036648523,
        ),
        error=(
            -25.355557851025928, 19.864855105708646, -7.892961419870854, 36.50253391584908,
            -23.118869750660934,
        ),
    ),
    Member(
        reach=8.74431096240878,
        euler=(
            0.11750441174644122, 0.14998366160213977,
        ),
        finisher=(
            -0.15428631583479477, 0.9731146899148782, -0.6097718155448355, -0.048670861132443205,
            0.07026975549377588, 0.5765011413484757, 0.48856614197833115, -0.24846599976837094,
            0.19768664436475028, 0.29472514007671474,
        ),
        error=(
            -30.643793100647745, 20.20287453147538, -0.6247133410270467, 35.426144927192105,
            -24.36051301699268,
        ),
    ),
    Member(
        reach=12.85616308692843,
        euler=(
            0.07912020923011324, 0.09132991587021384, 0.12854565762441839,
        ),
        finisher=(
            -0.16118723275555738, 0.8301831043231709, -0.49616064553460043, -0.11198447072144065,
            0.0964003520438909, 0.5898382000862776, 0.42036863152634757, -0.2013980291840678,
            0.19983435714169284, 0.28219925779127625,
        ),
        error=(
            -34.84481608661843, 21.521089233352043, 4.317177774618295, 33.82038507350466,
            -24.81383599485655,
        ),
    ),
    Member(
        reach=17.6080000936985,
        euler=(
            0.057476684762259075, 0.11698772137445565, 0.06343675844416978, 0.07869889824041716,
        ),
        finisher=(
            -0.17379621606445772, 0.6529508365076687, -0.3622247183243343, -0.140709379790219,
            0.07215973370802442, 0.6205438246209812, 0.38262092362784617, -0.17322470791027036,
            0.17082700010237606, 0.3031767213587429,
        ),
        error=(
            -35.10193598959811, 20.278227845549004, 6.097956879950026, 32.05136497686963,
            -23.325613712770544,
        ),
    ),
    Member(
        reach=29.029548903927207,
        euler=(
            0.03469010954592125, 0.05004868356392472, 0.06679338395013526, 0.036723496865227884,
            0.041342170930454426, 0.10519030467747334,
        ),
        finisher=(
            -0.16346897896668314, 0.6539843604307207, -0.3630219742989721, -0.12978966861080332,
            0.0855680331404605, 0.5755169915184324, 0.3582618023662354, -0.15478851584092207,
            0.15904210663008783, 0.30269645731146894,
        ),
        error=(
            -43.44656038996688, 24.403744813566423, 14.5077853797564, 24.259300148773633,
            -19.72426995212954,
        ),
    ),
    Member(
        reach=43.002656833827494,
        euler=(
            0.023363191608587346, 0.09945467007059823, 0.02955974109329524, 0.03507499062374087,
            0.024260048221768058, 0.0613417224956126, 0.026204516109692093, 0.04434951218694054,
        ),
        finisher=(
            -0.1570030651522344, 0.6616788837985494, -0.37435943806251, -0.25116284440539177,
            0.15674591560929452, 0.6452529983566323, 0.3541898286898414, -0.16116950924643605,
            0.2100351239401026, 0.253336164206232,
        ),
        error=(
            -47.51831984025878, 26.70974590762645, 18.535666938002535, 24.85954502378691,
            -22.586638029157076,
        ),
    ),
    Member(
        reach=68.73396412935108,
        euler=(
            0.014590971848385875, 0.030847274928286917, 0.040311369481608524,
            0.01682814059845255, 0.01859089322458131, 0.014934228746945558, 0.02500484072207664,
            0.05731179561615536, 0.015654673046299073, 0.02117801097784761, 0.09507967653180179,
        ),
        finisher=(
            -0.1456385626369749, 0.7035072442015337, -0.40378394699298353, -0.10920928002286254,
            0.1002029399674204, 0.5273867598054814, 0.35693666767186, -0.15297545486968048,
            0.15388510559960542, 0.2918218058758169,
        ),
        error=(
            -52.40321669014034, 30.125552348631174, 22.724601842931587, 16.248965650466705,
            -16.695903151889087,
        ),
    ),
    Member(
        reach=111.94775742795318,
        euler=(
            0.008948518303684257, 0.01371918331976696, 0.015717446039987183, 0.00975281099425757,
            0.03787465824731267, 0.010344827469454502, 0.028381254454280497, 0.0090761086570816,
            0.09228679842870649, 0.01224830197745731, 0.01848779341093608, 0.009339010573839393,
            0.054808386189682735, 0.011155580454441956, 0.022449527709739518,
        ),
        finisher=(
            -0.14798382243373814, 0.6541481660889757, -0.3680145806302332, -0.12426672792600565,
            0.09603411157227834, 0.544254909586343, 0.3575052341412978, -0.15280103431370884,
            0.14731058861083376, 0.2933950053309704,
        ),
        error=(
            -54.13408993537122, 30.392698338248938, 24.429349320945775, 15.831629611080569,
            -16.519587334904042,
        ),
    ),)
# fmt: on


class Family(NamedTuple):
    """All members beside each other, padded with zeros, so that compiled code can choose one.

    Attributes:
        stages: s (n,).
        reach: (n,), rising.
        euler: (n, 15).
        finisher: (n, 5, 5); row i makes stage i of the four out of those before it, row 4 the end.
        moments: (n, 5), where these stages are within the step.
        error: (n, 5).
    """

    stages: Int[Array, " n"]
    reach: Float[Array, " n"]
    euler: Float[Array, "n m"]
    finisher: Float[Array, "n 5 5"]
    moments: Float[Array, "n 5"]
    error: Float[Array, "n 5"]


def family(dtype: jnp.dtype) -> Family:
    """Return the members as arrays of one dtype."""
    lengths = [len(member.euler) for member in MEMBERS]
    euler = np.zeros((len(MEMBERS), max(lengths)))
    finisher = np.zeros((len(MEMBERS), 5, 5))
    for i, member in enumerate(MEMBERS):
        euler[i, : lengths[i]] = member.euler
        finisher[i][np.tril_indices(5, -1)] = member.finisher
    moments = euler.sum(axis=1)[:, None] + finisher.sum(axis=2)
    as_array = lambda x: jnp.asarray(x, dtype)  # noqa: E731
    return Family(
        jnp.asarray(lengths, jnp.int32) + 4,
        as_array([member.reach for member in MEMBERS]),
        as_array(euler),
        as_array(finisher),
        as_array(moments),
        as_array([member.error for member in MEMBERS]),
    )
