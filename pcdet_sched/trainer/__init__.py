"""What OpenPCDet's training script does with an OPTIMIZATION block, and nothing else.

Read in this order: `optimizers` and `schedules` (the pieces), `build` (the two builders), `stages` (the six stages a
config goes through); what differs between trainers is in `trainer_records`. Sources: `tools/train.py`,
`tools/train_utils/` and `pcdet/datasets/__init__.py` of OpenPCDet.
"""
