"""What UNICEF and the World Bank call the indicators of the portal. A line here is all that another series needs."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Series:
    """A series of somebody else: our indicator, the units in which it may come, and the ages that it is about."""

    indicator: str
    units: tuple[str, ...] = ("PCT",)
    ages: tuple[str, ...] = ()


_UNDER_FIVE = ("Y0T4",)
_DEATHS = ("D_PER_1000_B",)

# The UNICEF Data Warehouse. Modelled series (…_MOD) have codes of their own and are not mixed with survey values.
UNICEF = {
    "CME_MRM0": Series("nmr", _DEATHS, ("M0",)),
    "CME_MRY0T4": Series("u5mr", _DEATHS, _UNDER_FIVE),
    "NT_ANT_HAZ_NE2": Series("stunting", ages=_UNDER_FIVE),
    "NT_ANT_WHZ_NE2": Series("wasting", ages=_UNDER_FIVE),
    "NT_ANT_WAZ_NE2": Series("underweight", ages=_UNDER_FIVE),
    "WS_PPL_W-ALB": Series("water_basic"),
    "WS_PPL_S-ALB": Series("sanitation_basic"),
    "WS_PPL_H-B": Series("hygiene_basic"),
    "ED_CR_L2": Series("completion_lsec"),
}

# World Development Indicators. SE.SEC.CMPT.LO.ZS counts completion in another way (intake into the last grade).
WORLD_BANK = {
    "SH.DYN.NMRT": Series("nmr"),
    "SH.DYN.MORT": Series("u5mr"),
    "SH.STA.STNT.ZS": Series("stunting"),
    "SH.STA.WAST.ZS": Series("wasting"),
    "SH.STA.MALN.ZS": Series("underweight"),
    "SH.H2O.BASW.ZS": Series("water_basic"),
    "SH.STA.BASS.ZS": Series("sanitation_basic"),
    "SH.STA.HYGN.ZS": Series("hygiene_basic"),
    "EN.CLC.MDAT.ZS": Series("climate_extremes_affected"),
    "EN.ATM.PM25.MC.M3": Series("pm25"),
    "SE.PRM.UNER.ZS": Series("out_of_school_primary"),
    "SE.LPV.PRIM": Series("learning_poverty"),
}
