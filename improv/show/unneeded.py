"""What Rich loads and no page of ours needs: it is loaded when somebody uses it after all.

`improv.show.terminal` loads this before Rich.
"""

from improv.putoff import PutOff, stand_in

# For styles that keep data, for markup, for tables that find their widths themselves, and for classes that say nothing.
stand_in(PutOff("pickle", "dumps", "loads"))
stand_in(PutOff("ast", "literal_eval"))
stand_in(PutOff("rich._ratio", "ratio_distribute", "ratio_reduce"))
stand_in(PutOff("inspect"))
