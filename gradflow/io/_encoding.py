"""The packing of arrays in a netCDF file, for those who write files of their own."""

from gradflow._netcdf import packing as packing
