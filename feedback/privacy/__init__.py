"""Privacy: who may know what of a resident, for how long, and what a resident may see, change and have deleted.

The rules follow 个人信息保护法 (Personal Information Protection Law of the PRC): consent before collection, no more than is
needed, access and deletion on request, a record of who looked.
"""
